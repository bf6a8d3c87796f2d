import Errors
import ImageTraining
import Images
import Learning

/// Constant images, with a count of how often each was read.
struct CountingSource: ImageSource {
  let count: Int
  let side: Int
  var failsAt: Int?

  func image(_ number: Int) throws(TrainingError) -> Image {
    if number == failsAt {
      throw TrainingError(.badData, "broken", place: "image \(number)", remedy: "Leave it out.")
    }
    return Image(
      width: side, height: side, channels: 3,
      samples: .uint8(Array(repeating: UInt8(number), count: side * side * 3)))
  }
}

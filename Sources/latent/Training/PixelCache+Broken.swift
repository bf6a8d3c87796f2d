import Foundation
import ImageTraining
import Learning

extension PixelCache {
  /// The maximum size of decoded images on disk; larger sets are decoded in each epoch.
  static let usualLimit = 8 << 30

  /// Decodes all images of `source` once into the temporary folder, and displays the progress. Returns nil if they take
  /// more than ``usualLimit``. Images that can't be read are added to `broken`. Throws if that throws, or if the file
  /// can't be written.
  init?(
    _ source: DecodedEachTime, broken: inout BrokenImages, threadCount: Int,
    _ display: TrainingDisplay
  ) throws(TrainingError) {
    var found = broken
    defer { broken = found }
    try self.init(
      source, limit: Self.usualLimit, in: FileManager.default.temporaryDirectory.path,
      threadCount: threadCount,
      failed: { (number, error) throws(TrainingError) in try found.add(number, error) },
      progress: { display.draw("reading \($0) of \(source.count) images") })
  }
}

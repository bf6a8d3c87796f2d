package import Images
package import Learning

/// A source of training images, numbered from 0 and read by several threads concurrently.
package protocol ImageSource: Sendable {
  /// The number of images.
  var count: Int { get }

  /// Returns the decoded image of a number. Throws if it cannot be read.
  func image(_ number: Int) throws(TrainingError) -> Image
}

/// A source that decodes images on each request.
package struct DecodedEachTime: ImageSource {
  package let count: Int
  private let decode: @Sendable (Int) throws(TrainingError) -> Image

  /// `decode` returns the image of a number.
  package init(count: Int, decode: @escaping @Sendable (Int) throws(TrainingError) -> Image) {
    self.count = count
    self.decode = decode
  }

  package func image(_ number: Int) throws(TrainingError) -> Image { try decode(number) }
}

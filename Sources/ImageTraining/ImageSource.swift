package import Images
package import Learning

/// Where a training's images come from, by their numbers from 0: read by several threads at a time.
package protocol ImageSource: Sendable {
  /// How many there are.
  var count: Int { get }

  /// The image of that number, decoded. Throws what keeps it from being read.
  func image(_ number: Int) throws(TrainingError) -> Image
}

/// Images that are decoded each time they are asked for.
package struct DecodedEachTime: ImageSource {
  package let count: Int
  private let decode: @Sendable (Int) throws(TrainingError) -> Image

  /// `decode` makes the image of a number.
  package init(count: Int, decode: @escaping @Sendable (Int) throws(TrainingError) -> Image) {
    self.count = count
    self.decode = decode
  }

  package func image(_ number: Int) throws(TrainingError) -> Image { try decode(number) }
}

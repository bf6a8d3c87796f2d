/// Lines of the square tiles that images fall into, counted through all of them.
protocol TileLines {
  /// The points of a convolution's output that a tile is high and wide.
  static var side: Int { get }

  /// How many lines of tiles make an image.
  var linesPerImage: Int { get }
  /// How many tiles make a line.
  var columns: Int { get }
  /// The lines that are worked on, counted through all images.
  var lines: Range<Int> { get }

  /// These lines, of images of so many.
  init(linesPerImage: Int, columns: Int, lines: Range<Int>)
}

extension TileLines {
  /// All tiles of the outputs of `images`.
  init(images: Int, output: Extent) {
    let linesPerImage = (output.height + Self.side - 1) / Self.side
    self.init(
      linesPerImage: linesPerImage, columns: (output.width + Self.side - 1) / Self.side,
      lines: 0..<images * linesPerImage)
  }

  var count: Int { lines.count * columns }

  /// The same tiles in so many parts of whole lines, or as many as there are lines. Their lengths differ by a line at
  /// most.
  func parts(count: Int) -> [Self] {
    let count = min(count, lines.count)
    return (0..<count).map { part in
      let (first, last) = (lines.count * part / count, lines.count * (part + 1) / count)
      return Self(
        linesPerImage: linesPerImage, columns: columns,
        lines: lines.lowerBound + first..<lines.lowerBound + last)
    }
  }

  /// The image that a line of these is in, and where in it.
  @inline(__always)
  func place(of line: Int) -> (image: Int, row: Int) {
    let number = lines.lowerBound + line
    return (number / linesPerImage, number % linesPerImage)
  }
}

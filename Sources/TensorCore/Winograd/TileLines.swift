/// Lines of the square tiles that images are divided into, numbered across all images.
protocol TileLines {
  /// The height and width of a tile, in points of the convolution's output.
  static var side: Int { get }

  /// The number of lines of tiles per image.
  var linesPerImage: Int { get }
  /// The number of tiles per line.
  var columns: Int { get }
  /// The range of lines to process, numbered across all images.
  var lines: Range<Int> { get }

  /// Creates a range of lines of images with `linesPerImage` lines of `columns` tiles.
  init(linesPerImage: Int, columns: Int, lines: Range<Int>)
}

extension TileLines {
  /// Creates all tiles of the outputs of `images` images.
  init(images: Int, output: Extent) {
    let linesPerImage = (output.height + Self.side - 1) / Self.side
    self.init(
      linesPerImage: linesPerImage, columns: (output.width + Self.side - 1) / Self.side,
      lines: 0..<images * linesPerImage)
  }

  var count: Int { lines.count * columns }

  /// Splits the tiles into `count` parts of whole lines, or as many as there are lines if fewer. Their lengths differ
  /// by at most one line.
  func parts(count: Int) -> [Self] {
    let count = min(count, lines.count)
    return (0..<count).map { part in
      let (first, last) = (lines.count * part / count, lines.count * (part + 1) / count)
      return Self(
        linesPerImage: linesPerImage, columns: columns,
        lines: lines.lowerBound + first..<lines.lowerBound + last)
    }
  }

  /// Returns the image that contains line `line` of this range, and its row in the image.
  @inline(__always)
  func place(of line: Int) -> (image: Int, row: Int) {
    let number = lines.lowerBound + line
    return (number / linesPerImage, number % linesPerImage)
  }
}

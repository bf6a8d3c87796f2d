import Images

/// Resizes an image by area averaging: each output pixel is the mean of the area it covers, with partly covered
/// pixels weighted by their share.
enum AreaAverages {
  /// Returns the samples of `channels`, with the channel varying fastest; a channel may be repeated. 8-bit samples
  /// range from 0 to 255. Time is linear in the number of samples read.
  static func of(_ image: Image, width: Int, height: Int, channels: [Int]) -> [Float] {
    switch image.samples {
    case .uint8(let samples):
      averages(image, samples, width, height, channels) { Float($0) }
    case .float32(let samples): averages(image, samples, width, height, channels) { $0 }
    }
  }

  private static func averages<Sample>(
    _ image: Image, _ samples: [Sample], _ width: Int, _ height: Int, _ channels: [Int],
    _ number: (Sample) -> Float
  ) -> [Float] {
    let columns = cells(of: image.width, count: width)
    let lineLength = width * channels.count
    var averages = [Float](repeating: 0, count: lineLength * height)
    var line = [Float](repeating: 0, count: lineLength)
    var lineRow = -1
    for (row, cell) in cells(of: image.height, count: height).enumerated() {
      for y in cell.first...cell.last {
        // A row shared by two cells is averaged once.
        if lineRow != y {
          lineRow = y
          for (column, cell) in columns.enumerated() {
            for (position, channel) in channels.enumerated() {
              var sum: Float = 0
              for x in cell.first...cell.last {
                let sample = samples[(y * image.width + x) * image.channels + channel]
                sum += number(sample) * cell.weight(x)
              }
              line[column * channels.count + position] = sum
            }
          }
        }
        let weight = cell.weight(y)
        for position in line.indices {
          averages[row * lineLength + position] += line[position] * weight
        }
      }
    }
    return averages
  }

  /// Returns the part of `pixels` that each of `count` cells covers.
  private static func cells(of pixels: Int, count: Int) -> [Cell] {
    let width = Float(pixels) / Float(count)
    return (0..<count).map { cell in
      let start = min(Float(cell) * width, Float(pixels) - width / 2)
      let end = min(Float(pixels), Float(cell + 1) * width)
      let first = min(pixels - 1, Int(start))
      return Cell(
        first: first, last: min(pixels - 1, max(first, Int(end.rounded(.up)) - 1)), start: start,
        end: end)
    }
  }

  private struct Cell {
    let first: Int
    let last: Int
    let start: Float
    let end: Float

    /// Returns the share of the cell that the pixel covers.
    func weight(_ pixel: Int) -> Float {
      max(0, min(end, Float(pixel + 1)) - max(start, Float(pixel))) / (end - start)
    }
  }
}

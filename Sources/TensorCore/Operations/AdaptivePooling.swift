import Errors

/// The mean or maximum over a grid of windows that covers the image, whatever the sizes: of n points
/// and m windows the i-th goes from `floor(i n / m)` to `ceil((i + 1) n / m)`, as PyTorch's does.
///
/// For sizes that are no multiples of each other; else plain pooling is the same, and faster.
struct AdaptivePooling: Operation {
  let isMaximum: Bool
  let output: Extent

  var name: String { "adaptive \(isMaximum ? "maximum" : "average") pooling" }

  private static func window(_ index: Int, of count: Int, over length: Int) -> Range<Int> {
    index * length / count..<((index + 1) * length + count - 1) / count
  }

  func forward(_ inputs: [Tensor]) throws(TensorError) -> Tensor {
    let input = inputs[0]
    return Tensor(Shape(input.shape.dimensions.prefix(2) + output.lengths)) { result in
      input.withElements { input in
        forEachWindow(inputs[0].shape) { target, _, rows, columns, width in
          if isMaximum {
            result[target] = input[greatest(input, rows, columns, width)]
          } else {
            var sum: Float = 0
            for row in rows { for column in columns { sum += input[row * width + column] } }
            result[target] = sum / Float(rows.count * columns.count)
          }
        }
      }
    }
  }

  func gradients(
    for outputGradient: Tensor, inputs: [Tensor], output: Tensor, needed: [Bool]
  ) throws(TensorError) -> [Gradient?] {
    let gradient = Tensor(inputs[0].shape) { result in
      result.initialize(repeating: 0)
      inputs[0].withElements { input in
        outputGradient.withElements { gradient in
          forEachWindow(inputs[0].shape) { source, _, rows, columns, width in
            if isMaximum {
              result[greatest(input, rows, columns, width)] += gradient[source]
            } else {
              let share = gradient[source] / Float(rows.count * columns.count)
              for row in rows { for column in columns { result[row * width + column] += share } }
            }
          }
        }
      }
    }
    return [.dense(gradient)]
  }

  /// The position of the greatest element, the first of several; of NaN when there is one.
  private func greatest(
    _ input: UnsafeBufferPointer<Float>, _ rows: Range<Int>, _ columns: Range<Int>, _ width: Int
  ) -> Int {
    var best = rows.lowerBound * width + columns.lowerBound
    for row in rows {
      for column in columns where !(input[row * width + column] <= input[best]) {
        best = row * width + column
      }
    }
    return best
  }

  /// Calls `body` with each window's number and plane, its rows counted from the first plane's first,
  /// its columns, and the length of a row.
  private func forEachWindow(
    _ shape: Shape, _ body: (Int, Int, Range<Int>, Range<Int>, Int) -> Void
  ) {
    var number = 0
    for plane in 0..<shape[0] * shape[1] {
      for row in 0..<output.height {
        let rows = Self.window(row, of: output.height, over: shape[2])
        let first = plane * shape[2]
        for column in 0..<output.width {
          body(
            number, plane, first + rows.lowerBound..<first + rows.upperBound,
            Self.window(column, of: output.width, over: shape[3]), shape[3])
          number += 1
        }
      }
    }
  }
}

extension Tape {
  /// The mean of each channel of `[batch, channels, height, width]` over a grid of `output` windows.
  /// Throws unless the input is of that rank.
  package func adaptiveAveragePool(
    _ input: Variable, to output: Extent = Extent(1)
  ) throws(TensorError) -> Variable {
    try adaptivePool(input, to: output, isMaximum: false)
  }

  /// The maximum of each channel of `[batch, channels, height, width]` over a grid of `output` windows.
  /// Throws unless the input is of that rank.
  package func adaptiveMaxPool(
    _ input: Variable, to output: Extent = Extent(1)
  ) throws(TensorError) -> Variable {
    try adaptivePool(input, to: output, isMaximum: true)
  }

  private func adaptivePool(
    _ input: Variable, to output: Extent, isMaximum: Bool
  ) throws(TensorError) -> Variable {
    let operation = AdaptivePooling(isMaximum: isMaximum, output: output)
    try input.value.expectImages(operation.name)
    let extent = input.value.extent
    guard output.height > 0, output.width > 0 else {
      throw TensorError(
        .shapeMismatch, "an input of shape \(input.shape) to \(output) windows",
        place: operation.name, remedy: "There must be one window or more each way.")
    }
    if extent.height % output.height == 0, extent.width % output.width == 0 {
      let size = Extent(
        height: extent.height / output.height, width: extent.width / output.width)
      let window = Window(stride: size)
      return try isMaximum
        ? maxPool(input, size: size, window: window)
        : averagePool(input, size: size, window: window)
    }
    return try apply(operation, to: try convert(input, to: .float32))
  }
}

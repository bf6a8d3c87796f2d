import TensorCore

extension Naive {
  /// Returns a convolution by definition: the sum over the group's channels and the filter's points.
  static func convolution(
    _ input: Tensor, _ filters: Tensor, stride: Int, padding: Int, dilation: Int, groups: Int
  ) -> (shape: Shape, elements: [Double]) {
    let (x, w) = (input.shape, filters.shape)
    func length(_ dimension: Int) -> Int {
      (x[dimension] + 2 * padding - dilation * (w[dimension] - 1) - 1) / stride + 1
    }
    let shape = Shape([x[0], w[0], length(2), length(3)])
    let inputElements = input.elements().map(Double.init)
    let filterElements = filters.elements().map(Double.init)
    let elements = positions(shape).map { at in
      let firstChannel = at[1] / (w[0] / groups) * w[1]
      var sum = 0.0
      for channel in 0..<w[1] {
        for i in 0..<w[2] {
          for j in 0..<w[3] {
            let row = at[2] * stride - padding + i * dilation
            let column = at[3] * stride - padding + j * dilation
            guard (0..<x[2]).contains(row), (0..<x[3]).contains(column) else { continue }
            let from = ((at[0] * x[1] + firstChannel + channel) * x[2] + row) * x[3] + column
            sum +=
              inputElements[from]
              * filterElements[((at[1] * w[1] + channel) * w[2] + i) * w[3] + j]
          }
        }
      }
      return sum
    }
    return (shape, elements)
  }

  /// Returns the gradients of a convolution of stride 1 by definition: each product in the sum passes the output's
  /// gradient on to both its factors.
  static func convolutionGradients(
    _ input: Tensor, _ filters: Tensor, _ outputGradient: Tensor, padding: Int
  ) -> (input: [Double], filters: [Double]) {
    let (x, w, y) = (input.shape, filters.shape, outputGradient.shape)
    let inputElements = input.elements().map(Double.init)
    let filterElements = filters.elements().map(Double.init)
    let outputElements = outputGradient.elements().map(Double.init)
    var byInput = [Double](repeating: 0, count: inputElements.count)
    var byFilters = [Double](repeating: 0, count: filterElements.count)
    for image in 0..<y[0] {
      for output in 0..<y[1] {
        for channel in 0..<x[1] {
          for point in 0..<w[2] * w[3] {
            let (i, j) = (point / w[3], point % w[3])
            let filter = (output * x[1] + channel) * w[2] * w[3] + point
            for row in 0..<y[2] where (0..<x[2]).contains(row - padding + i) {
              let from =
                ((image * x[1] + channel) * x[2] + row - padding + i) * x[3] - padding + j
              let to = ((image * y[1] + output) * y[2] + row) * y[3]
              for column in 0..<y[3] where (0..<x[3]).contains(column - padding + j) {
                byInput[from + column] += outputElements[to + column] * filterElements[filter]
                byFilters[filter] += outputElements[to + column] * inputElements[from + column]
              }
            }
          }
        }
      }
    }
    return (byInput, byFilters)
  }

  /// Returns `combine` applied to the points in each window.
  static func pool(
    _ input: Tensor, size: Int, stride: Int, padding: Int, _ combine: ([Double]) -> Double
  ) -> [Double] {
    let x = input.shape
    let lengths = [2, 3].map { (x[$0] + 2 * padding - size) / stride + 1 }
    let elements = input.elements()
    return positions(Shape([x[0], x[1]] + lengths)).map { at in
      var points: [Double] = []
      for row in at[2] * stride - padding..<at[2] * stride - padding + size {
        for column in at[3] * stride - padding..<at[3] * stride - padding + size {
          guard (0..<x[2]).contains(row), (0..<x[3]).contains(column) else { continue }
          points.append(Double(elements[((at[0] * x[1] + at[1]) * x[2] + row) * x[3] + column]))
        }
      }
      return combine(points)
    }
  }

  /// Returns the images normalised by the batch's statistics.
  static func normalized(
    _ input: Tensor, weight: Tensor, bias: Tensor, epsilon: Double = 1e-5
  ) -> (elements: [Double], mean: [Double], variance: [Double]) {
    let x = input.shape
    let plane = x[2] * x[3]
    let elements = input.elements().map(Double.init)
    var (output, means, variances) = (elements, [Double](), [Double]())
    for channel in 0..<x[1] {
      let own = (0..<x[0]).flatMap { image in
        (0..<plane).map { (image * x[1] + channel) * plane + $0 }
      }
      let mean = own.reduce(0) { $0 + elements[$1] } / Double(own.count)
      let variance =
        own.reduce(0) { $0 + (elements[$1] - mean) * (elements[$1] - mean) } / Double(own.count)
      for position in own {
        output[position] =
          (elements[position] - mean) / (variance + epsilon).squareRoot()
          * element(weight, [channel]) + element(bias, [channel])
      }
      means.append(mean)
      variances.append(variance)
    }
    return (output, means, variances)
  }
}

import COneDNN
import Errors

/// Products of `count` pairs of bfloat16 matrices, `[rows, inner] x [inner, columns]`, summed in single precision, on
/// the calling thread. Unlike ``MatrixBatchPrimitive``, it is meant for right matrices that are reused. To oneDNN it is
/// a convolution of one image line with one-point filters in `count` groups, which accepts prepacked filters. Batches
/// of matrices would be packed each time.
struct PointwiseProductPrimitive: PrimitiveSpecification {
  let count: Int
  let rows: Int
  let inner: Int
  let columns: Int

  var operation: String { "matrix product" }
  var isSequential: Bool { true }

  /// Describes the right matrices before packing: `[count, columns, inner]`, or `[count, inner, columns]` if
  /// `isTransposed`.
  static func filters(count: Int, inner: Int, columns: Int, isTransposed: Bool) -> MemoryDescription
  {
    let (column, row) = isTransposed ? (1, columns) : (inner, 1)
    return .strided(
      [count, columns, inner, 1], .bfloat16, by: [inner * columns, column, row, 1])
  }

  func makeDescription() throws(TensorError) -> dnnl_primitive_desc_t {
    // Left matrices and products are in blocks of 16 columns: `[count, columns / 16, rows, 16]`.
    var left = MemoryDescription.value([1, count * inner, rows], .bfloat16, dnnl_nCw16c)
    var right = MemoryDescription.any([count, columns, inner, 1], .bfloat16)
    var product = MemoryDescription.value([1, count * columns, rows], .float32, dnnl_nCw16c)
    var made = dnnl_convolution_desc_t()
    try OneDNN.check(
      dnnl_convolution_forward_desc_init(
        &made, dnnl_forward_inference, dnnl_convolution_direct, &left, &right, nil, &product, [1],
        [0], [0]), operation)
    return try PrimitiveAttributes().description(of: &made, operation: operation)
  }
}

/// Products of `count` pairs of bfloat16 matrices, the left ones transposed: `[count, inner, rows]` and `[count, inner,
/// columns]` to `[count, rows, columns]`. Summed in single precision, on the calling thread.
struct MatrixBatchPrimitive: PrimitiveSpecification {
  let count: Int
  let rows: Int
  let inner: Int
  let columns: Int
  /// Whether the products are added to the existing result.
  let addsToOutput: Bool

  var isSequential: Bool { true }
  var operation: String { "matrix product" }

  func makeDescription() throws(TensorError) -> dnnl_primitive_desc_t {
    var left = MemoryDescription.value([count, rows, inner], .bfloat16, dnnl_acb)
    var right = MemoryDescription.value([count, inner, columns], .bfloat16, dnnl_abc)
    var product = MemoryDescription.value([count, rows, columns], .float32, dnnl_abc)
    var made = dnnl_matmul_desc_t()
    try OneDNN.check(dnnl_matmul_desc_init(&made, &left, &right, nil, &product), operation)
    let attributes = PrimitiveAttributes()
    attributes.append(sum: addsToOutput, relu: false)
    return try attributes.description(of: &made, operation: operation)
  }
}

/// A convolution's filters, transformed for Winograd's filtering and packed for the matrix products, each only once.
/// Used on oneDNN's thread.
final class WinogradFilters {
  /// 16 matrices `[outputs, inputs]`.
  private let matrices: Tensor
  private var packed = LRUCache<MemoryDescription, Tensor>(capacity: 4)

  /// Transforms filters `[outputs, inputs, 3, 3]`, rotated by 180° and with inputs and outputs swapped if `isTurned`.
  init(_ weight: Tensor, _ problem: ConvolutionProblem, isTurned: Bool) throws(TensorError) {
    let (inputs, outputs) = (problem.inputChannels, problem.outputChannels)
    let weight = try weight.rowMajor(as: .float32)
    matrices = try Tensor(
      uninitialized: [16, outputs, inputs],
      isTurned
        ? PointwiseProductPrimitive.filters(
          count: 16, inner: outputs, columns: inputs, isTransposed: true)
        : PointwiseProductPrimitive.filters(
          count: 16, inner: inputs, columns: outputs, isTransposed: false),
      operation: "convolution")
    WinogradTransforms.filters(
      weight.stored(), inputs: inputs, outputs: outputs, isTurned: isTurned, to: matrices.stored())
    withExtendedLifetime(weight) {}
  }

  /// Returns the matrices in the layout that `kernel` requires.
  func packed(for kernel: Primitive) throws(TensorError) -> Tensor {
    let wanted = kernel.memory(of: DNNL_ARG_WEIGHTS)
    return try packed.value(for: wanted) { () throws(TensorError) in
      try matrices.laidOut(as: wanted)
    }
  }
}

/// The workspace of a thread: the transformed tiles of a part, their products with the filters, and the kernels that
/// compute those.
struct WinogradProducts {
  /// For each of the 16 points a matrix of tiles by inputs, in bfloat16, in blocks of 16 channels.
  let tiles: Tensor
  /// For each of the 16 points a matrix of tiles by outputs, in single precision, in blocks of 16 channels.
  let products: Tensor
  private var calls: [Int: PrimitiveCall] = [:]

  /// Creates a workspace for parts of any of `tileCounts`.
  init(
    of tileCounts: Set<Int>, inputs: Int, outputs: Int, _ filters: WinogradFilters
  ) throws(TensorError) {
    let most = tileCounts.max() ?? 0
    func kernel(_ count: Int) throws(TensorError) -> Primitive {
      try Primitive.of(
        PointwiseProductPrimitive(count: 16, rows: count, inner: inputs, columns: outputs))
    }
    tiles = try kernel(most).output(DNNL_ARG_SRC, [16, most, inputs])
    products = try kernel(most).output(DNNL_ARG_DST, [16, most, outputs])
    for count in tileCounts {
      let kernel = try kernel(count)
      calls[count] = try kernel.call(on: [
        (DNNL_ARG_SRC, tiles.beginning(as: kernel.memory(of: DNNL_ARG_SRC))),
        (DNNL_ARG_WEIGHTS, filters.packed(for: kernel)),
        (DNNL_ARG_DST, products.beginning(as: kernel.memory(of: DNNL_ARG_DST))),
      ])
    }
  }

  /// Computes the products of `tileCount` tiles.
  func multiply(tileCount: Int) -> dnnl_status_t {
    guard let call = calls[tileCount] else { preconditionFailure("no part of \(tileCount) tiles") }
    return call.execute()
  }
}

extension Tensor {
  /// Returns the beginning of the memory, described as a smaller matrix.
  func beginning(as description: MemoryDescription) -> Tensor {
    precondition(description.byteCount <= storage.bytes.count, "less memory than \(description)")
    return Tensor(
      shape: Shape(description.lengths), elementType: elementType, layout: .blocked(description),
      storage: storage)
  }
}

/// A thread's workspace for the gradient of the filters: the transformed tiles of a part, and the sums of their
/// products over all its parts.
final class WinogradGradientSums {
  /// 16 matrices `[tiles, inputs]` in bfloat16.
  let inputTiles: Tensor
  /// 16 matrices `[tiles, outputs]` in bfloat16.
  let gradientTiles: Tensor
  /// 16 matrices `[outputs, inputs]` in single precision.
  let sums: Tensor
  /// Whether nothing has been added yet, so that ``sums`` is uninitialised.
  private var isEmpty = true

  /// The kernels for each part length: one that starts the sums and one that adds to them.
  private var calls: [Int: (first: PrimitiveCall, adding: PrimitiveCall)] = [:]

  /// Creates a workspace for parts of any of `tileCounts`.
  init(of tileCounts: Set<Int>, inputs: Int, outputs: Int) throws(TensorError) {
    let most = tileCounts.max() ?? 0
    func memory(_ lengths: [Int], _ type: ElementType) throws(TensorError) -> Tensor {
      try Tensor(uninitialized: Shape(lengths), .rowMajor(lengths, type), operation: "convolution")
    }
    inputTiles = try memory([16, most, inputs], .bfloat16)
    gradientTiles = try memory([16, most, outputs], .bfloat16)
    sums = try memory([16, outputs, inputs], .float32)
    for count in tileCounts {
      func call(adds: Bool) throws(TensorError) -> PrimitiveCall {
        let kernel = try Primitive.of(
          MatrixBatchPrimitive(
            count: 16, rows: outputs, inner: count, columns: inputs, addsToOutput: adds))
        return try kernel.call(on: [
          (DNNL_ARG_SRC, gradientTiles.beginning(as: kernel.memory(of: DNNL_ARG_SRC))),
          (DNNL_ARG_WEIGHTS, inputTiles.beginning(as: kernel.memory(of: DNNL_ARG_WEIGHTS))),
          (DNNL_ARG_DST, sums),
        ])
      }
      calls[count] = (try call(adds: false), try call(adds: true))
    }
  }

  /// Adds the products of `tileCount` tiles.
  func add(tileCount: Int) -> dnnl_status_t {
    guard let call = calls[tileCount] else { preconditionFailure("no part of \(tileCount) tiles") }
    defer { isEmpty = false }
    return (isEmpty ? call.first : call.adding).execute()
  }
}

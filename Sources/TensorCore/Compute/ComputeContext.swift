import Foundation

/// The resources and precision of a computation. It sets the number of threads, used alike by oneDNN kernels, OpenBLAS
/// matrix products and Latent's own loops. It also sets the memory limit of tensors and the precision of layers'
/// multiplications.
///
/// ```swift
/// let context = ComputeContext(threadCount: 4, precision: .bfloat16)
/// let pass = ForwardPass(isTraining: false, context: context)
/// let logits = try network(Variable(images), in: pass)
/// ```
///
/// Tapes, forward passes, trainings and predictors take a context, and their operations run within it. Code that runs
/// many operations in a row, such as a training step, should wrap them in one ``run(_:)``. Each then already runs on
/// the thread that calls oneDNN, without a handover.
package struct ComputeContext: Sendable, Hashable {
  /// The maximum number of threads working at the same time.
  package var threadCount: Int
  /// The precision of multiplications, in layers that support several.
  package var precision: Precision
  /// The maximum number of bytes held by tensors, those of other contexts included. Large operations check it before
  /// they allocate, and throw `outOfMemory` if it would be exceeded.
  package var memoryLimit: Int

  /// Creates a context. By default it has as many threads as there are active cores, and the memory that was available
  /// when first queried. Traps below one thread.
  package init(
    threadCount: Int = ProcessInfo.processInfo.activeProcessorCount,
    precision: Precision = .float32, memoryLimit: Int = TensorMemory.available
  ) {
    precondition(threadCount > 0, "\(threadCount) threads")
    self.threadCount = threadCount
    self.precision = precision
    self.memoryLimit = memoryLimit
  }

  /// The context of the running operation, or by default one with all cores.
  @TaskLocal package static var current = ComputeContext()

  /// Runs `body` with this as the ``current`` context on the calling thread.
  package func bind<Result, Failure: Error>(
    _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    if Self.current == self { return try body() }
    return try Self.$current.withValue(self) { () -> Swift.Result<Result, Failure> in
      do throws(Failure) { return .success(try body()) } catch { return .failure(error) }
    }.get()
  }

  /// Runs `body` with this as the ``current`` context on the thread that calls oneDNN, and waits for it.
  package func run<Result, Failure: Error>(
    _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try bind { () throws(Failure) in try ComputeThread.run(body) }
  }

  /// The number of compiled oneDNN kernels cached for operations of the same sizes, and its limit. The least recently
  /// used is evicted first.
  package static var keptKernels: (count: Int, limit: Int) {
    (Primitive.cachedCount, Primitive.capacity)
  }

  /// Splits `0 ..< count` into parts and calls `body` with them concurrently, at most one per thread. Parts start at
  /// multiples of `grain`, the minimum that justifies a thread. Below two grains there is one part, on the calling
  /// thread. Returns when all are done.
  ///
  /// The parts depend on the number of threads, so sums must not depend on the parts.
  package func forEachPart(of count: Int, grain: Int = 1, _ body: @Sendable (Range<Int>) -> Void) {
    ParallelLoop.forEachPart(of: count, grain: grain, on: self, body)
  }

  /// Returns the results of `transform`, in order, for each chunk of `size` of `0 ..< count`; the last may be shorter.
  /// As many chunks are processed concurrently as there are threads.
  ///
  /// The chunks depend only on `count` and `size`. Sums within chunks and then over the results are thus the same for
  /// any number of threads.
  package func mapChunks<Result: Sendable>(
    of count: Int, size: Int, _ transform: @Sendable (Range<Int>) -> Result
  ) -> [Result] {
    precondition(size > 0, "chunks of \(size)")
    let chunkCount = (count + size - 1) / size
    var results = [Result?](repeating: nil, count: chunkCount)
    results.withUnsafeMutableBufferPointer { results in
      ParallelLoop.run(chunkCount, on: self) { chunk in
        results[chunk] = transform(chunk * size..<min(count, (chunk + 1) * size))
      }
    }
    return results.compactMap(\.self)
  }
}

/// The precision of multiplications in a pass. Parameters, their gradients, statistics and losses are always in single
/// precision.
package enum Precision: String, Sendable, CaseIterable {
  /// Single precision throughout.
  case float32
  /// Convolutions and the operations after them in bfloat16: half the memory, and twice the throughput on processors
  /// that support it. It has the range of single precision, so losses need no scaling.
  case bfloat16

  /// The element type of activations.
  package var elementType: ElementType {
    switch self {
    case .float32: .float32
    case .bfloat16: .bfloat16
    }
  }

  /// Whether the processor has native multiplication in this precision; without, it is slower than single precision.
  package var isSupported: Bool { self == .float32 || OneDNN.supportsBFloat16 }

  /// The precision to use if this one is requested, and a notice if it differs. Processors without bfloat16 products
  /// compute in single precision.
  package var available: (precision: Precision, notice: String?) {
    if isSupported { return (self, nil) }
    return (
      .float32,
      "this processor has no bfloat16 arithmetic (AVX-512 BF16): computing in single precision"
    )
  }
}

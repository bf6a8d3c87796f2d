import Foundation

/// What a computation may use, and how precise it is: the threads of oneDNN's kernels, of OpenBLAS's matrix
/// products and of loops of our own alike, the memory of tensors, and what layers multiply in.
///
/// ```swift
/// let context = ComputeContext(threadCount: 4, precision: .bfloat16)
/// let pass = ForwardPass(isTraining: false, context: context)
/// let logits = try network(Variable(images), in: pass)
/// ```
///
/// Tapes, forward passes, trainings and predictors are given one, and operations run within it. Whoever takes
/// many operations in a row, as a training step does, takes them within one ``run(_:)``: each then finds
/// itself on the thread that oneDNN is called from, and nothing is handed over.
package struct ComputeContext: Sendable, Hashable {
  /// The most threads that work at the same time.
  package var threadCount: Int
  /// What layers that can choose multiply in.
  package var precision: Precision
  /// The most bytes that tensors may hold at once, those of other contexts included. Large operations ask
  /// before they allocate, and throw `outOfMemory` when it does not suffice.
  package var memoryLimit: Int

  /// As many threads as there are cores and the memory that the machine had available when it was first
  /// asked, unless told otherwise. Traps below one thread.
  package init(
    threadCount: Int = ProcessInfo.processInfo.activeProcessorCount,
    precision: Precision = .float32, memoryLimit: Int = TensorMemory.available
  ) {
    precondition(threadCount > 0, "\(threadCount) threads")
    self.threadCount = threadCount
    self.precision = precision
    self.memoryLimit = memoryLimit
  }

  /// The context of the operation that runs; outside of any, one of all cores.
  @TaskLocal package static var current = ComputeContext()

  /// Runs `body` with this as the ``current`` context, on the calling thread.
  package func bind<Result, Failure: Error>(
    _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    if Self.current == self { return try body() }
    return try Self.$current.withValue(self) { () -> Swift.Result<Result, Failure> in
      do throws(Failure) { return .success(try body()) } catch { return .failure(error) }
    }.get()
  }

  /// Runs `body` with this as the ``current`` context, on the thread that oneDNN is called from, and waits
  /// for it.
  package func run<Result, Failure: Error>(
    _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try bind { () throws(Failure) in try ComputeThread.run(body) }
  }

  /// How many compiled kernels of oneDNN are kept for the next operation of their sizes, and how many may be:
  /// the one that was used least recently goes first.
  package static var keptKernels: (count: Int, limit: Int) {
    (Primitive.cachedCount, Primitive.capacity)
  }

  /// Calls `body` with parts that together make up `0 ..< count`, at the same time, at most one a thread.
  /// Parts begin on multiples of `grain`, the least that is worth a thread; below two grains there is one
  /// part, on this thread. Returns when all are done.
  ///
  /// The parts depend on the number of threads: what is added up must not.
  package func forEachPart(of count: Int, grain: Int = 1, _ body: @Sendable (Range<Int>) -> Void) {
    ParallelLoop.forEachPart(of: count, grain: grain, on: self, body)
  }

  /// The results of `transform` for each chunk of `size` of `0 ..< count`, the last of which may be shorter,
  /// in order; as many are worked on at the same time as there are threads.
  ///
  /// The cut depends on `count` and `size` alone: what is added up within a chunk and then over the results
  /// is the same whatever the number of threads.
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

/// What a pass multiplies in. Parameters, their gradients, statistics and losses are single precision
/// always.
package enum Precision: String, Sendable, CaseIterable {
  /// Single precision throughout.
  case float32
  /// Convolutions and what follows them in bfloat16: half the memory, twice the products a second on
  /// processors that have them. Its range is single precision's, so losses need no scaling.
  case bfloat16

  /// The element type of activations.
  package var elementType: ElementType {
    switch self {
    case .float32: .float32
    case .bfloat16: .bfloat16
    }
  }

  /// Whether the processor multiplies numbers of this precision itself; else it is slower than single
  /// precision.
  package var isSupported: Bool { self == .float32 || OneDNN.supportsBFloat16 }

  /// What to compute in when this is wished for, and why when it is something else: a processor without
  /// products in bfloat16 computes in single precision.
  package var available: (precision: Precision, notice: String?) {
    if isSupported { return (self, nil) }
    return (
      .float32,
      "this processor has no products in bfloat16 (AVX-512 BF16): computing in single precision"
    )
  }
}

import COneDNN
import Errors
import Foundation
import Synchronization

/// oneDNN, which computes convolutions, pooling and normalisation: called from one thread of its own
/// alone, because OpenMP gives every calling thread a team of its own.
///
/// Whoever takes many operations in a row (a training step, a prediction) does so within one
/// ``run(_:)``: each operation then finds itself on that thread and nothing is handed over.
package enum OneDNN {
  private static let thread = DedicatedThread(name: "oneDNN")
  /// The threads wanted, and those that OpenMP was last told.
  private static let threadCounts = Mutex(
    (wanted: ProcessInfo.processInfo.activeProcessorCount, told: 0))

  /// The threads that work together on an operation: at first as many as there are cores. Takes effect
  /// at the next ``run(_:)``.
  package static var threadCount: Int {
    get { threadCounts.withLock(\.wanted) }
    set {
      precondition(newValue > 0, "\(newValue) threads")
      threadCounts.withLock { $0.wanted = newValue }
    }
  }

  /// Whether the processor multiplies bfloat16 numbers itself; else it is slower than single precision.
  package static let supportsBFloat16 =
    dnnl_get_effective_cpu_isa().rawValue & dnnl_cpu_isa_avx512_core_bf16.rawValue
    == dnnl_cpu_isa_avx512_core_bf16.rawValue

  /// Runs `body` on oneDNN's thread and waits for it.
  package static func run<Result, Failure: Error>(
    _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try thread.run { () throws(Failure) in
      let news: Int? = threadCounts.withLock { counts in
        guard counts.told != counts.wanted else { return nil }
        counts.told = counts.wanted
        return counts.wanted
      }
      if let news { OpenMP.setThreadCount(news) }
      return try body()
    }
  }

  /// Calls `make`, which asks for a kernel: planned for the whole team, or for one thread alone. On
  /// oneDNN's thread.
  static func planning<Result, Failure: Error>(
    forOneThread isSequential: Bool, _ make: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    guard isSequential else { return try make() }
    OpenMP.setThreadCount(1)
    defer { OpenMP.setThreadCount(threadCounts.withLock(\.told)) }
    return try make()
  }

  /// Whether the calling thread is oneDNN's.
  static var isOnItsThread: Bool { thread.isCurrent }

  /// The engine of the processor.
  nonisolated(unsafe) static let engine: dnnl_engine_t = {
    var engine: dnnl_engine_t?
    let status = dnnl_engine_create(&engine, dnnl_cpu, 0)
    guard status == dnnl_success, let engine else {
      preconditionFailure("oneDNN has no engine for this processor: status \(status.rawValue)")
    }
    return engine
  }()

  /// Where primitives are executed, one after the other.
  nonisolated(unsafe) static let stream: dnnl_stream_t = {
    var stream: dnnl_stream_t?
    let status = dnnl_stream_create(&stream, engine, dnnl_stream_default_flags.rawValue)
    guard status == dnnl_success, let stream else {
      preconditionFailure("oneDNN has no stream: status \(status.rawValue)")
    }
    return stream
  }()

  /// Throws what a call that did not succeed means, for the operation it was part of.
  static func check(_ status: dnnl_status_t, _ operation: String) throws(TensorError) {
    switch status {
    case dnnl_success: return
    case dnnl_out_of_memory:
      throw TensorError(
        .outOfMemory, "oneDNN ran out of memory", place: operation,
        remedy: "Take a smaller batch, or smaller images.")
    case dnnl_unimplemented:
      throw TensorError(
        .unsupported, "oneDNN has no kernel for this", place: operation,
        remedy: "Compute in single precision, or take other sizes.")
    default:
      throw TensorError(
        .unsupported, "oneDNN refuses: status \(status.rawValue)", place: operation,
        remedy: "Take other sizes.")
    }
  }
}

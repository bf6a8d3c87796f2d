import COneDNN
import CProcessor
import Errors

/// oneDNN, which computes convolutions, pooling and normalisation: its engine, its stream and its status codes. Called
/// only from ``ComputeThread``.
enum OneDNN {
  /// Whether the processor has native bfloat16 multiplication; without, it is slower than single precision.
  static let supportsBFloat16 =
    dnnl_get_effective_cpu_isa().rawValue & dnnl_cpu_isa_avx512_core_bf16.rawValue
    == dnnl_cpu_isa_avx512_core_bf16.rawValue

  /// Whether oneDNN has no single-precision Winograd convolution for this processor but Latent's own is compiled for
  /// it. That requires AVX2 and FMA, and no AVX-512.
  static let lacksWinograd =
    dnnl_get_effective_cpu_isa().rawValue & dnnl_cpu_isa_avx512_core.rawValue
    != dnnl_cpu_isa_avx512_core.rawValue && latent_processor_compiled_for_fma()

  /// The CPU engine.
  nonisolated(unsafe) static let engine: dnnl_engine_t = {
    var engine: dnnl_engine_t?
    let status = dnnl_engine_create(&engine, dnnl_cpu, 0)
    guard status == dnnl_success, let engine else {
      preconditionFailure("oneDNN has no engine for this processor: status \(status.rawValue)")
    }
    return engine
  }()

  /// The stream that executes primitives in order.
  nonisolated(unsafe) static let stream: dnnl_stream_t = {
    var stream: dnnl_stream_t?
    let status = dnnl_stream_create(&stream, engine, dnnl_stream_default_flags.rawValue)
    guard status == dnnl_success, let stream else {
      preconditionFailure("oneDNN has no stream: status \(status.rawValue)")
    }
    return stream
  }()

  /// Throws the error for an unsuccessful status, reported for `operation`.
  static func check(_ status: dnnl_status_t, _ operation: String) throws(TensorError) {
    switch status {
    case dnnl_success: return
    case dnnl_out_of_memory:
      throw TensorError(
        .outOfMemory, "oneDNN ran out of memory", place: operation,
        remedy: "Use a smaller batch, or smaller images.")
    case dnnl_unimplemented:
      throw TensorError(
        .unsupported, "oneDNN has no kernel for this", place: operation,
        remedy: "Compute in single precision, or use other sizes.")
    default:
      throw TensorError(
        .unsupported, "oneDNN failed with status \(status.rawValue)", place: operation,
        remedy: "Use other sizes.")
    }
  }
}

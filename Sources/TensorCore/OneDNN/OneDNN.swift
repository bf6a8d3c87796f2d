import COneDNN
import CProcessor
import Errors

/// oneDNN, which computes convolutions, pooling and normalisation: its engine and what its calls return. Called
/// from ``ComputeThread`` alone.
enum OneDNN {
  /// Whether the processor multiplies bfloat16 numbers itself; else it is slower than single precision.
  static let supportsBFloat16 =
    dnnl_get_effective_cpu_isa().rawValue & dnnl_cpu_isa_avx512_core_bf16.rawValue
    == dnnl_cpu_isa_avx512_core_bf16.rawValue

  /// Whether oneDNN has no Winograd's filtering in single precision for this processor, and ours is compiled for
  /// it: AVX2 and FMA, and no AVX-512.
  static let lacksWinograd =
    dnnl_get_effective_cpu_isa().rawValue & dnnl_cpu_isa_avx512_core.rawValue
    != dnnl_cpu_isa_avx512_core.rawValue && latent_processor_compiled_for_fma()

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

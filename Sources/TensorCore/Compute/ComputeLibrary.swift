import COneDNN
import COpenBLAS
import CProcessor

/// A math library as loaded at the start of the program.
package struct ComputeLibrary: Sendable {
  package let name: String
  package let version: String
  /// The instruction set or processor its kernels target, as the library names it.
  package let kernels: String
  /// Whether they use all that the processor offers. Results are correct in either case.
  package let fitsProcessor: Bool
  /// What to do if they do not.
  package let remedy: String

  /// All math libraries in use.
  package static var all: [ComputeLibrary] { [openBLAS, oneDNN] }

  private static var openBLAS: ComputeLibrary {
    MatrixKernels.setUp
    // "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH ..."
    let words = openblas_get_config().map { String(cString: $0) }?.split(separator: " ") ?? []
    return ComputeLibrary(
      name: "OpenBLAS", version: words.dropFirst().first.map(String.init) ?? "unknown",
      kernels: MatrixKernels.currentName, fitsProcessor: MatrixKernels.fitProcessor,
      remedy: "Unset OPENBLAS_CORETYPE, or install an OpenBLAS that selects its kernels by the "
        + "processor (Debian's libopenblas0-pthread).")
  }

  private static var oneDNN: ComputeLibrary {
    let version = dnnl_version().map(\.pointee).map { "\($0.major).\($0.minor).\($0.patch)" }
    let effective = dnnl_get_effective_cpu_isa()
    return ComputeLibrary(
      name: "oneDNN", version: version ?? "unknown", kernels: name(of: effective),
      fitsProcessor: includes(effective, dnnl_cpu_isa_avx512_core)
        || !latent_processor_supports_avx512(),
      remedy: "Unset ONEDNN_MAX_CPU_ISA and DNNL_MAX_CPU_ISA.")
  }

  /// Returns the name of the widest instruction set that `isa` includes.
  private static func name(of isa: dnnl_cpu_isa_t) -> String {
    let sets = [
      (dnnl_cpu_isa_avx512_core_amx, "AMX"),
      (dnnl_cpu_isa_avx512_core_bf16, "AVX-512 with bfloat16"),
      (dnnl_cpu_isa_avx512_core, "AVX-512"), (dnnl_cpu_isa_avx2, "AVX2"),
    ]
    return sets.first { includes(isa, $0.0) }?.1 ?? "x86-64 without AVX2"
  }

  private static func includes(_ isa: dnnl_cpu_isa_t, _ part: dnnl_cpu_isa_t) -> Bool {
    isa.rawValue & part.rawValue == part.rawValue
  }
}

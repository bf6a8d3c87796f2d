import COpenBLAS
import CProcessor
import Foundation

/// The setup of OpenBLAS before the first product: one thread and the processor's best kernels.
///
/// A multithreaded product splits its sums differently for each number of threads. Therefore OpenBLAS always runs on
/// one thread, and ``Tensor/product(_:_:transposingLeft:transposingRight:)`` splits the work into fixed parts. An
/// OpenBLAS that does not know a newer processor falls back to AVX2, at half the speed; it is then told which kernels
/// to use and reinitialised.
enum MatrixKernels {
  /// Sets up OpenBLAS on first access.
  static let setUp: Void = {
    takeBestKernels()
    openblas_set_num_threads(1)
  }()

  /// The kernels that use AVX-512.
  private static let wideKernels = ["SkylakeX", "Cooperlake", "SapphireRapids"]

  /// Whether the kernels use AVX-512 if the processor has it.
  static var fitProcessor: Bool {
    !latent_processor_supports_avx512() || wideKernels.contains(currentName)
  }

  /// OpenBLAS's name for the processor that the current kernels target.
  static var currentName: String {
    openblas_get_corename().map { String(cString: $0) } ?? "unknown"
  }

  private static func takeBestKernels() {
    // An explicit choice by the user takes precedence.
    guard getenv("OPENBLAS_CORETYPE") == nil, !fitProcessor,
      // Exported only by builds that choose kernels at run time, and therefore looked up dynamically.
      let quit = function("gotoblas_dynamic_quit"), let start = function("gotoblas_dynamic_init")
    else { return }
    setenv("OPENBLAS_CORETYPE", "SKYLAKEX", 1)
    quit()
    start()
  }

  private static func function(_ name: String) -> (@convention(c) () -> Void)? {
    // nil is glibc's RTLD_DEFAULT: the libraries loaded by the program.
    dlsym(nil, name).map { unsafeBitCast($0, to: (@convention(c) () -> Void).self) }
  }
}

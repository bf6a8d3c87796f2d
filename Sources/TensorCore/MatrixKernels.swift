import COpenBLAS
import CProcessor
import Foundation

/// OpenBLAS, set up once before the first product: one thread, and the processor's best kernels.
///
/// One thread always, because a threaded product cuts its sums differently for another number of
/// threads: ``Tensor/product(_:_:transposingLeft:transposingRight:)`` cuts the work into fixed parts. The best kernels,
/// because an OpenBLAS that does not know a newer processor falls back to AVX2, at half the speed; then it is told which
/// to take and initialised again.
enum MatrixKernels {
  /// Does the setting up when it is first touched.
  static let setUp: Void = {
    takeBestKernels()
    openblas_set_num_threads(1)
  }()

  /// The kernels that use AVX-512.
  private static let wideKernels = ["SkylakeX", "Cooperlake", "SapphireRapids"]

  /// Whether the kernels use what the processor has, AVX-512 where it has that.
  static var fitProcessor: Bool {
    !latent_processor_supports_avx512() || wideKernels.contains(currentName)
  }

  /// What the kernels are made for, by OpenBLAS's name for a processor.
  static var currentName: String {
    openblas_get_corename().map { String(cString: $0) } ?? "unknown"
  }

  private static func takeBestKernels() {
    // A user's own choice stands.
    guard getenv("OPENBLAS_CORETYPE") == nil, !fitProcessor,
      // Exported by builds that choose at run time; looked up, as other builds lack them.
      let quit = function("gotoblas_dynamic_quit"), let start = function("gotoblas_dynamic_init")
    else { return }
    setenv("OPENBLAS_CORETYPE", "SKYLAKEX", 1)
    quit()
    start()
  }

  private static func function(_ name: String) -> (@convention(c) () -> Void)? {
    // nil is glibc's RTLD_DEFAULT: the libraries that the program has loaded.
    dlsym(nil, name).map { unsafeBitCast($0, to: (@convention(c) () -> Void).self) }
  }
}

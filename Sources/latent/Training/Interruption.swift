import Foundation
import Learning

/// While it exists, SIGINT and SIGTERM ask a training to stop after its current step, so that it can save a checkpoint.
/// A second signal ends the program at once.
final class Interruption {
  /// The flag to pass to the training, after all other callbacks.
  let flag = CancellationFlag()
  private let signals: EndingSignals

  init() {
    signals = EndingSignals { [flag] number in
      flag.cancel()
      signal(number, SIG_DFL)
    }
  }
}

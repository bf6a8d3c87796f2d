import Foundation
import Learning

/// While it lives, SIGINT and SIGTERM ask a training to stop after its current step, so that it can
/// keep where it stands; a second one ends the program at once.
final class Interruption {
  /// To be given to the training, behind all other callbacks.
  let flag = CancellationFlag()
  private let signals: EndingSignals

  init() {
    signals = EndingSignals { [flag] number in
      flag.cancel()
      signal(number, SIG_DFL)
    }
  }
}

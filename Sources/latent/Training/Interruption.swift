import Dispatch
import Foundation
import Learning

/// While it lives, SIGINT and SIGTERM ask a training to stop after its current step, so that it can
/// keep where it stands; a second one ends the program at once.
final class Interruption {
  /// To be given to the training, behind all other callbacks.
  let flag = CancellationFlag()
  private let sources: [any DispatchSourceSignal]
  private static let signals = [SIGINT, SIGTERM]

  init() {
    let flag = flag
    sources = Self.signals.map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler {
        flag.cancel()
        signal(number, SIG_DFL)
      }
      source.activate()
      return source
    }
  }

  deinit {
    for source in sources { source.cancel() }
    for number in Self.signals { signal(number, SIG_DFL) }
  }
}

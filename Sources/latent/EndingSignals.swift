import Dispatch
import Foundation

/// While it exists, SIGINT and SIGTERM run a handler instead of ending the program.
final class EndingSignals {
  private let sources: [any DispatchSourceSignal]
  private static let numbers = [SIGINT, SIGTERM]

  /// Runs `handler` with the signal's number on another thread when a signal arrives.
  init(_ handler: @escaping @Sendable (_ number: CInt) -> Void) {
    sources = Self.numbers.map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler { handler(number) }
      source.activate()
      return source
    }
  }

  deinit {
    for source in sources { source.cancel() }
    for number in Self.numbers { signal(number, SIG_DFL) }
  }
}

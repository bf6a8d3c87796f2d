import Dispatch
import Foundation

/// While it lives, SIGINT and SIGTERM run a handler in place of ending the program.
final class EndingSignals {
  private let sources: [any DispatchSourceSignal]
  private static let numbers = [SIGINT, SIGTERM]

  /// Has `handler` run on a thread of its own when a signal comes, which is told to it.
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

import Foundation
import Logging
import UnixSignals

/// What the daemon does on signals that do not end it: SIGHUP reloads what can be, SIGUSR1 writes INFO to the log.
struct SignalActions: Sendable {
  /// What SIGHUP reloads, in this order.
  let reloads: [Reload]
  /// What SIGUSR1 has the log say, a line each.
  let report: @Sendable () -> [String]
  let log: Logger

  /// Acts on signals from now on, until the process ends: what is told to stop is not ended by SIGHUP meanwhile.
  /// Signals that come while one is acted on are acted on once more.
  func begin() async {
    let signals = await UnixSignalsSequence(trapping: .sighup, .sigusr1)
    Task {
      for await signal in signals { await act(on: signal) }
    }
  }

  private func act(on signal: UnixSignal) async {
    await withCheckedContinuation { continuation in
      // A thread of its own: files are read, and no thread of the pool is to wait for that.
      Thread.detachNewThread {
        if signal == .sighup { reload() } else { writeReport() }
        continuation.resume()
      }
    }
  }

  private func reload() {
    if reloads.isEmpty { log.info("SIGHUP: nothing is to be reloaded") }
    for reload in reloads {
      do {
        try reload.run()
        log.info("SIGHUP: reloaded \(reload.name)")
      } catch {
        log.error(
          "SIGHUP: \(reload.name) could not be reloaded, and what was read before stays: \(error)")
      }
    }
  }

  private func writeReport() {
    for line in report() { log.info("\(line)") }
  }
}

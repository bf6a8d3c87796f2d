import Foundation
import Logging
import UnixSignals

/// The actions of the daemon on signals that do not end it: SIGHUP reloads, SIGUSR1 writes INFO to the log.
struct SignalActions: Sendable {
  /// What SIGHUP reloads, in this order.
  let reloads: [Reload]
  /// Returns the lines that SIGUSR1 writes to the log.
  let report: @Sendable () -> [String]
  let log: Logger

  /// Handles signals from now on, until the process ends: SIGHUP does not end a daemon that is stopping. Signals that
  /// arrive while one is handled are handled once more.
  func begin() async {
    let signals = await UnixSignalsSequence(trapping: .sighup, .sigusr1)
    Task {
      for await signal in signals { await act(on: signal) }
    }
  }

  private func act(on signal: UnixSignal) async {
    await withCheckedContinuation { continuation in
      // A separate thread: files are read, and no thread of the pool should wait for that.
      Thread.detachNewThread {
        if signal == .sighup { reload() } else { writeReport() }
        continuation.resume()
      }
    }
  }

  private func reload() {
    if reloads.isEmpty { log.info("SIGHUP: nothing to reload") }
    for reload in reloads {
      do {
        try reload.run()
        log.info("SIGHUP: reloaded \(reload.name)")
      } catch {
        log.error(
          "SIGHUP: can't reload \(reload.name), so nothing changes: \(error)")
      }
    }
  }

  private func writeReport() {
    for line in report() { log.info("\(line)") }
  }
}

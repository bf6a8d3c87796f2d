import Errors
import Foundation
import Logging

/// The side of a daemon that replaces a running one: it gets the listening sockets, and has the other daemon end once
/// it serves itself. Until then the other one goes on undisturbed. Calls block, for seconds at most.
final class Takeover: Sendable {
  /// How long the other daemon may be busy with another handover before it answers, and how long it may take for each
  /// further word.
  private static let firstPatience = Duration.seconds(30)
  private static let patience = Duration.seconds(10)

  /// The sockets that the other daemon listens on.
  let sockets: ListeningSockets
  /// Whether the other daemon has a model in service under each of its names.
  let isOtherReady: Bool
  private let connection: HandoverConnection
  private let path: String
  private let log: Logger

  /// Asks the daemon at `path` for its sockets; `nil` if there is none.
  init?(at path: String, log: Logger) throws(DaemonError) {
    guard let connection = try HandoverConnection(to: path) else { return nil }
    guard connection.peerUser == geteuid() else {
      throw Self.failure(
        path, "a process of another user listens there",
        remedy: "Start as that user, or name another path.")
    }
    self.connection = connection
    self.path = path
    self.log = log
    do throws(HandoverConnection.Failure) {
      try connection.send(.hello(version: HandoverWord.version), within: Self.patience)
      let answer = try connection.receive(within: Self.firstPatience)
      // Closed below if they do not match their description.
      let descriptors = connection.takeDescriptors()
      guard case .sockets(let manifest) = answer, manifest.sockets.count == descriptors.count
      else {
        for descriptor in descriptors { close(descriptor) }
        throw .notUnderstood
      }
      isOtherReady = manifest.isReady
      sockets = ListeningSockets(
        zip(manifest.sockets, descriptors).map { (socket: $0, descriptor: $1) })
    } catch .ended {
      // A daemon that goes on would have answered: it has ended, and its sockets with it.
      return nil
    } catch .notUnderstood {
      throw Self.failure(
        path, "\(HandoverConnection.Failure.notUnderstood)",
        remedy:
          "If it is not a Latent daemon, name another path; otherwise stop it and start again.")
    } catch {
      throw Self.failure(path, "\(error)")
    }
  }

  /// Reports that all is ready. Throws if the other daemon does not let go; nobody may be accepted then.
  func begin() throws(DaemonError) {
    do throws(HandoverConnection.Failure) { try exchange(.ready, for: .go) } catch {
      throw Self.failure(path, "\(error)")
    }
  }

  /// Reports that clients are accepted. Throws if the other daemon goes on after all: this one has to stop then.
  func finish() throws(DaemonError) {
    do throws(HandoverConnection.Failure) {
      try exchange(.serving, for: .draining)
    } catch .late {
      // It was told, and will find that as soon as it goes on.
      log.warning("\(path): the other process has not confirmed yet that it is stopping")
    } catch {
      throw Self.failure(path, "\(error)")
    }
  }

  /// Sends `word` and waits for `answer`. It is no failure if the other daemon has ended: nobody else serves then.
  private func exchange(
    _ word: HandoverWord, for answer: HandoverWord
  ) throws(HandoverConnection.Failure) {
    do throws(HandoverConnection.Failure) {
      // If the other daemon does not take that, what it said before can still be read.
      try? connection.send(word, within: Self.patience)
      try connection.receive(answer, within: Self.patience)
    } catch .ended {
      log.warning("\(path): the other process has ended meanwhile")
    }
  }

  private static func failure(
    _ path: String, _ problem: String,
    remedy: String =
      "It keeps serving. See its log; if it is too old for a handover, stop it and start again."
  ) -> DaemonError {
    DaemonError(
      .notHandedOver, "the running daemon did not hand over its sockets: \(problem)",
      place: path, remedy: remedy)
  }
}

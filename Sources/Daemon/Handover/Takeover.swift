import Errors
import Foundation
import Logging

/// The side of a daemon that takes the place of one that runs: it gets its listening sockets, and has it end once it serves itself. Until
/// then the other one goes on as if nothing were. Its calls block, for seconds at most.
final class Takeover: Sendable {
  /// How long the other one may be at another handover before it answers, and how long it may then take for a word.
  private static let firstPatience = Duration.seconds(30)
  private static let patience = Duration.seconds(10)

  /// What the other one listens on.
  let sockets: ListeningSockets
  /// Whether it has a model in service under each of its names.
  let isOtherReady: Bool
  private let connection: HandoverConnection
  private let path: String
  private let log: Logger

  /// Asks the daemon that is to be asked at `path` for its sockets; nil where there is none.
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
      // Closed with this, where they are not what is said of them.
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
      // Not without a word, where it goes on: it has ended, and its sockets with it.
      return nil
    } catch .notUnderstood {
      throw Self.failure(
        path, "\(HandoverConnection.Failure.notUnderstood)",
        remedy: "Name another path where it is no daemon of Latent; else stop it, and start again.")
    } catch {
      throw Self.failure(path, "\(error)")
    }
  }

  /// Says that all is ready. Throws where the other one does not let go; nobody may be accepted then.
  func begin() throws(DaemonError) {
    do throws(HandoverConnection.Failure) { try exchange(.ready, for: .go) } catch {
      throw Self.failure(path, "\(error)")
    }
  }

  /// Says that clients are accepted. Throws where the other one goes on after all: this one has to stop then.
  func finish() throws(DaemonError) {
    do throws(HandoverConnection.Failure) {
      try exchange(.serving, for: .draining)
    } catch .late {
      // It was told, and finds that as soon as it goes on.
      log.warning("\(path): the other process has not said yet that it stops")
    } catch {
      throw Self.failure(path, "\(error)")
    }
  }

  /// Says `word` and waits for `answer`. One that has ended is no failure: there is nobody else who serves.
  private func exchange(
    _ word: HandoverWord, for answer: HandoverWord
  ) throws(HandoverConnection.Failure) {
    do throws(HandoverConnection.Failure) {
      // Where it does not take that, what it has said before is still to be read.
      try? connection.send(word, within: Self.patience)
      try connection.receive(answer, within: Self.patience)
    } catch .ended {
      log.warning("\(path): the other process has ended meanwhile")
    }
  }

  private static func failure(
    _ path: String, _ problem: String,
    remedy: String =
      "It goes on serving. See its log; stop it where it is too old for that, and start again."
  ) -> DaemonError {
    DaemonError(
      .notHandedOver, "the daemon that runs did not hand its sockets over: \(problem)",
      place: path, remedy: remedy)
  }
}

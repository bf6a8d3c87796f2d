import Errors
import Foundation

/// The words of the handover between two daemons, one of which replaces the other; a line each:
///
///     new: LATENT-HANDOVER 1
///     old: SOCKETS {"isReady":true,"sockets":[...]}     with the descriptors attached
///     new: READY                                        everything is open; nobody was accepted yet
///     old: GO                                           it waits for the last word
///     new: SERVING                                      it accepts clients
///     old: DRAINING                                     it accepts no more clients
///
/// Instead of any of its words, the old daemon may say `REFUSED` and why: it goes on serving, and the new one must end.
/// The end of the stream from the new one means the same. From the old one it means that it has ended, and that the new
/// one must serve.
enum HandoverWord: Equatable {
  /// The version of this protocol that is spoken.
  case hello(version: Int)
  case sockets(HandoverManifest)
  case ready, go, serving, draining
  case refused(reason: String)

  /// The version that this daemon speaks.
  static let version = 1
  /// The maximum length of a line in bytes.
  static let byteLimit = 65_536
  /// The maximum number of descriptors attached to it: as many as Linux sends at once (SCM_MAX_FD).
  static let descriptorLimit = 253

  /// Parses a line without its end; `nil` if it is none of these.
  init?(_ line: String) {
    let parts = line.split(separator: " ", maxSplits: 1).map { String($0) }
    switch (parts.first, parts.dropFirst().first) {
    case ("LATENT-HANDOVER", let version?):
      guard let version = Int(version) else { return nil }
      self = .hello(version: version)
    case ("SOCKETS", let text?):
      guard let manifest = try? JSONDecoder().decode(HandoverManifest.self, from: Data(text.utf8))
      else { return nil }
      self = .sockets(manifest)
    case ("READY", nil): self = .ready
    case ("GO", nil): self = .go
    case ("SERVING", nil): self = .serving
    case ("DRAINING", nil): self = .draining
    case ("REFUSED", let reason?): self = .refused(reason: Excerpt.of(reason.utf8, limit: 400))
    default: return nil
    }
  }

  /// The line without its end.
  var line: String {
    switch self {
    case .hello(let version): "LATENT-HANDOVER \(version)"
    case .sockets(let manifest):
      "SOCKETS "
        + ((try? JSONEncoder().encode(manifest)).map { String(decoding: $0, as: UTF8.self) } ?? "{}")
    case .ready: "READY"
    case .go: "GO"
    case .serving: "SERVING"
    case .draining: "DRAINING"
    case .refused(let reason): "REFUSED \(reason)"
    }
  }
}

/// What a daemon hands to its successor.
struct HandoverManifest: Codable, Equatable {
  /// Whether it has a model in service under each name that it serves.
  let isReady: Bool
  /// The purposes of the attached descriptors, in order.
  let sockets: [ListeningSocket]
}

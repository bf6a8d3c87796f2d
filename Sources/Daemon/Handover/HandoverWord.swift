import Errors
import Foundation

/// What two daemons say to each other when one takes the place of the other, a line each:
///
///     new: LATENT-HANDOVER 1
///     old: SOCKETS {"isReady":true,"sockets":[...]}     and the descriptors beside it
///     new: READY                                        all is opened; nobody was accepted yet
///     old: GO                                           it waits for the last word
///     new: SERVING                                      it accepts
///     old: DRAINING                                     it accepts nobody any more
///
/// Instead of each of its words the old one may say `REFUSED` and why: it goes on serving, and the new one is to end. The end of the stream
/// from the new one means the same; from the old one that it has ended, and that the new one has to serve.
enum HandoverWord: Equatable {
  /// The version of all this that is spoken.
  case hello(version: Int)
  case sockets(HandoverManifest)
  case ready, go, serving, draining
  case refused(reason: String)

  /// The version that this daemon speaks.
  static let version = 1
  /// The most bytes of a line.
  static let byteLimit = 65_536
  /// The most descriptors beside it: as many as Linux sends at once (SCM_MAX_FD).
  static let descriptorLimit = 253

  /// Reads a line without its end; nil for what is none of these.
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

/// What a daemon hands to the next.
struct HandoverManifest: Codable, Equatable {
  /// Whether it has a model in service under each name that it serves.
  let isReady: Bool
  /// What the descriptors beside it are, in their order.
  let sockets: [ListeningSocket]
}

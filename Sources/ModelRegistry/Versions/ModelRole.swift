/// What a model file of a version is for. A version has one that is ``main``, and may have others
/// beside it: one that predicts beside one that ranks, or the one that was judged beside one that
/// was fitted again to all of the data. They are published, verified, gone back to and removed as
/// one.
package struct ModelRole: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The one that a version is served from.
  package static let main = ModelRole(known: "model")
  /// The one that predicts, beside a ``main`` one that does not.
  package static let predictor = ModelRole(known: "predictor")
  /// The ones whose figures are recorded, where those that are served were fitted again to all data.
  package static let judged = ModelRole(known: "judged")
  package static let judgedPredictor = ModelRole(known: "judged-predictor")

  /// The one that was judged before this one was fitted again. Traps for one that is judged itself.
  package var judged: ModelRole {
    switch self {
    case .main: .judged
    case .predictor: .judgedPredictor
    default: preconditionFailure("\(self) is not served")
    }
  }

  private let name: String

  private init(known name: String) { self.name = name }

  /// The role called `name`; nil unless that is 1 to 32 small letters and dashes, a letter first. So
  /// it can be part of a file's name, and leads nowhere else.
  package init?(_ name: String) {
    guard name.wholeMatch(of: #/[a-z][a-z-]{0,31}/#) != nil else { return nil }
    self.name = name
  }

  package var description: String { name }

  /// The name of its file.
  var fileName: String { name + Self.fileExtension }
  /// What the names of model files end in.
  static let fileExtension = ".safetensors"

  /// ``main`` before all others.
  package static func < (left: ModelRole, right: ModelRole) -> Bool {
    (left == .main ? 0 : 1, left.name) < (right == .main ? 0 : 1, right.name)
  }
}

extension ModelRole: Codable {
  package init(from decoder: any Decoder) throws {
    let name = try String(from: decoder)
    guard let role = ModelRole(name) else {
      throw DecodingError.dataCorrupted(
        DecodingError.Context(codingPath: decoder.codingPath, debugDescription: "no role"))
    }
    self = role
  }

  package func encode(to encoder: any Encoder) throws { try name.encode(to: encoder) }
}

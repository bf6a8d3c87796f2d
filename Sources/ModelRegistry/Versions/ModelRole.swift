/// The purpose of a model file of a version.
///
/// Each version has a ``main`` file and may have others: one that predicts next to one that ranks, or the evaluated
/// model next to the one refitted to all data. All files of a version are published, verified, rolled back to and
/// removed together.
package struct ModelRole: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The model that a version serves.
  package static let main = ModelRole(known: "model")
  /// The model that predicts, if the ``main`` model does not.
  package static let predictor = ModelRole(known: "predictor")
  /// The models whose metrics are recorded, if the served models were refitted to all data.
  package static let judged = ModelRole(known: "judged")
  package static let judgedPredictor = ModelRole(known: "judged-predictor")

  /// The role of the evaluated model that corresponds to this refitted one. Traps for any other role than ``main`` and
  /// ``predictor``.
  package var judged: ModelRole {
    switch self {
    case .main: .judged
    case .predictor: .judgedPredictor
    default: preconditionFailure("\(self) is not served")
    }
  }

  private let name: String

  private init(known name: String) { self.name = name }

  /// Creates the role called `name`. Nil unless it is 1 to 32 lowercase letters and dashes, starting with a letter.
  /// It is therefore safe to use in a file name and cannot lead to another folder.
  package init?(_ name: String) {
    guard name.wholeMatch(of: #/[a-z][a-z-]{0,31}/#) != nil else { return nil }
    self.name = name
  }

  package var description: String { name }

  /// The name of the model file for this role.
  var fileName: String { name + Self.fileExtension }
  /// The extension of model files.
  static let fileExtension = ".safetensors"

  /// Orders ``main`` before all others.
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

package import LineProtocol

/// A model in service. Each version is one value, which a request sees from start to end; the last
/// request to let go of it closes its file.
package protocol Answering: AnyObject, Sendable {
  /// What INFO and the log say of the model.
  var facts: ModelFacts { get }

  /// Computes and reads once what makes answers fast from the first. Blocks.
  func prepare()

  /// Answers a command of the group `model`; throws the error to send. Called on event loops,
  /// and on other threads where it takes long: it computes and never waits. The same arguments always get the same answer, which may be kept.
  func answer(_ arguments: CommandArguments) throws(ErrorReply) -> Reply
}

/// What is known of a model in service.
package struct ModelFacts: Sendable, Equatable {
  /// The name that its versions stand under.
  package let name: String
  /// The version's number.
  package let version: Int
  /// How the model was learnt: `dot-bias`, `popularity` ...
  package let kind: String
  /// How many users and items it has; nil of a kind that has none.
  package let userCount: Int?
  package let itemCount: Int?
  /// When the version was written, in ISO 8601, UTC.
  package let createdAt: String
  /// When it was put in service, in ISO 8601, UTC; nil when that is not recorded.
  package let inServiceSince: String?

  package init(
    name: String, version: Int, kind: String, userCount: Int?, itemCount: Int?, createdAt: String,
    inServiceSince: String?
  ) {
    self.name = name
    self.version = version
    self.kind = kind
    self.userCount = userCount
    self.itemCount = itemCount
    self.createdAt = createdAt
    self.inServiceSince = inServiceSince
  }
}

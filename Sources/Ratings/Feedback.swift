/// What ratings say: what people thought, or what they did.
package enum Feedback: String, Sendable, CaseIterable, Codable {
  /// Opinions on a scale: stars, scores. A low one says that something was not liked.
  case explicit
  /// How often something happened: plays, clicks, purchases. None says little.
  case implicit
}

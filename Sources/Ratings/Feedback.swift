/// The kind of feedback that ratings express.
package enum Feedback: String, Sendable, CaseIterable, Codable {
  /// Opinions on a scale, such as stars or scores. A low value is a dislike.
  case explicit
  /// Counts of events, such as plays, clicks or purchases. The absence of events says little.
  case implicit
}

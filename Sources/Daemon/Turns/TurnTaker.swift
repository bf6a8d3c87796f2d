/// A connection that answers when it is its turn.
protocol TurnTaker: AnyObject {
  /// The work still allowed before it counts as one that asks for much.
  var credit: WorkCredit { get set }

  /// Answers received requests, for one turn.
  func takeTurn()
}

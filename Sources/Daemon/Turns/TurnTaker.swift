/// A connection that answers when it is its turn.
protocol TurnTaker: AnyObject {
  /// What may still be done for it before it counts as one that asks for much.
  var credit: WorkCredit { get set }

  /// Answers what has come, as far as one turn goes.
  func takeTurn()
}

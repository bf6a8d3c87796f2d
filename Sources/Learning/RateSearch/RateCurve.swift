/// What a search for a learning rate saw: the loss, smoothed, as the rate rises step by step.
package struct RateCurve: Sendable, Equatable {
  /// A step's rate and the exponential mean of losses after it.
  package struct Point: Sendable, Equatable {
    package let rate: Double
    package let loss: Double

    package init(rate: Double, loss: Double) {
      self.rate = rate
      self.loss = loss
    }
  }

  /// Every step; after the first loss that is no number, the rates not tried, with NaN.
  package let points: [Point]
  /// How many of the first points no suggestion goes by: a tenth of the search.
  private let warmUpCount: Int

  package init(points: [Point], warmUpCount: Int = 10) {
    precondition(warmUpCount >= 0, "\(warmUpCount) points")
    self.points = points
    self.warmUpCount = warmUpCount
  }

  /// The points that suggestions go by: without the first tenth of the search (10 of 100) and the last 5
  /// points, up to the first NaN.
  package var judged: ArraySlice<Point> {
    guard points.count > warmUpCount + 5 else { return [] }
    let middle = points[warmUpCount..<(points.count - 5)]
    return middle.prefix { !$0.loss.isNaN }
  }
}

import Errors
import Foundation
import NIOHTTP1

extension HTTPRoute {
  /// Whether answers are good: a model of each name is in service, none is too old, and the store is available.
  /// Unauthenticated clients get no reasons.
  static let readiness = HTTPRoute(
    "/readyz", isOpen: true,
    .now { question in
      let reasons = question.server.reasonsNotToAsk(maximumAge: question.maximumAge)
      guard !reasons.isEmpty else { return .text(.ok, "ready") }
      return .text(
        .serviceUnavailable,
        question.isTrusted ? reasons.joined(separator: "\n") : "not ready")
    })
}

extension ServerInformation {
  /// Returns why answers are not what they should be, one sentence each without a full stop.
  func reasonsNotToAsk(maximumAge: Duration?, now: Date = Date()) -> [String] {
    var reasons: [String] = []
    for (place, name) in models.names.enumerated() {
      guard let facts = models[place]?.facts else {
        let problem = service.swapProblems[name].map { ": \($0)" } ?? ""
        reasons.append("no model named \(name) is in service\(problem)")
        continue
      }
      guard let maximumAge else { continue }
      guard let trained = facts.trainedDate else {
        reasons.append("the training time of version \(facts.version) of \(name) can't be read")
        continue
      }
      let age = Duration.seconds(Int(now.timeIntervalSince(trained)))
      if age > maximumAge {
        reasons.append(
          "version \(facts.version) of \(name) is stale: trained \(facts.trainedAt), \(age.inHours) ago; the maximum is \(maximumAge.inHours)"
        )
      }
    }
    if let ratings = models.ratings, let problem = ratings.problem {
      reasons.append("the store \(ratings.storeName) is unavailable: \(problem.problem)")
    }
    return reasons
  }
}

extension Duration {
  /// The duration in the largest of days, hours, minutes and seconds of which it has two.
  fileprivate var inHours: String {
    let seconds = components.seconds
    for (unit, size) in [("d", Int64(86_400)), ("h", 3600), ("m", 60)] where seconds >= 2 * size {
      return "\(seconds / size) \(unit)"
    }
    return "\(seconds) s"
  }
}

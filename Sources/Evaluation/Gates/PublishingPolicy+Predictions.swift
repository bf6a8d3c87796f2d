extension PublishingPolicy {
  /// What becomes of a version that predicts no ratings where the model called `name` in service does: whoever
  /// asked that for one would be refused. It is let pass, and told of, where the new one is not to be compared
  /// with the one in service.
  package func judgeLossOfPredictions(against name: String) -> Decision {
    let reason =
      "the new version predicts no ratings, and \(name) does: who asks for one would be refused"
    return comparesWithService
      ? Decision(verdict: QualityGate.Verdict(isRefusal: true, reason: reason), overruled: [])
      : Decision(verdict: QualityGate.Verdict(of: []), overruled: [.predictions(reason)])
  }
}

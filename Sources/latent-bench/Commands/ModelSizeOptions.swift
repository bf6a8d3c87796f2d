import ArgumentParser

/// A measurement of a made-up model.
protocol SizedBench: ParsableCommand {
  typealias Size = (users: Int, items: Int, factors: Int)
  /// The model's size unless told otherwise, and the least that there is something to measure of.
  static var usualSize: Size { get }
  static var leastSize: Size { get }
}

/// How large a model is measured.
struct ModelSizeOptions<Bench: SizedBench>: ParsableArguments {
  @Option(help: "Users of the model.")
  var users = Bench.usualSize.users

  @Option(help: "Items of the model.")
  var items = Bench.usualSize.items

  @Option(help: "Factors of the model.")
  var factors = Bench.usualSize.factors

  func validate() throws {
    let least = Bench.leastSize
    guard users >= least.users, items >= least.items, factors >= least.factors else {
      throw ValidationError(
        "--users is at least \(least.users), --items \(least.items), --factors \(least.factors)")
    }
  }

  /// A model of that size, of whose items each user has rated ten.
  var model: SyntheticModel {
    SyntheticModel(
      userCount: users, itemCount: items, factorCount: factors, ratedPerUser: 10)
  }

  /// The size, and what else holds for figures.
  func conditions(_ others: [String: String] = [:]) -> [String: String] {
    others.merging([
      "users": String(users), "items": String(items), "factors": String(factors),
    ]) { $1 }
  }
}

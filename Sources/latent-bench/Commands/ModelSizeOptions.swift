import ArgumentParser

/// A measurement of a synthetic model.
protocol SizedBench: ParsableCommand {
  typealias Size = (users: Int, items: Int, factors: Int)
  /// The model's default size, and the smallest size worth measuring.
  static var usualSize: Size { get }
  static var leastSize: Size { get }
}

/// The size of the model to measure.
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
        "--users must be at least \(least.users), --items at least \(least.items), --factors at "
          + "least \(least.factors).")
    }
  }

  /// A model of that size, each of whose users has rated ten items.
  var model: SyntheticModel {
    SyntheticModel(
      userCount: users, itemCount: items, factorCount: factors, ratedPerUser: 10)
  }

  /// Returns the size and other conditions of figures.
  func conditions(_ others: [String: String] = [:]) -> [String: String] {
    others.merging([
      "users": String(users), "items": String(items), "factors": String(factors),
    ]) { $1 }
  }
}

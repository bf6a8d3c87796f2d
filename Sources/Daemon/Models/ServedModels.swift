import Errors
import LineProtocol
import ModelRegistry
import Recommenders

/// What is in service under each of the names that a server serves: a value that a request sees from start to end.
package final class ServedModels: Sendable {
  /// A name, and what is in service under it; nil when that is nothing.
  private struct Place: Sendable {
    let name: String
    var model: ServedModel?
    /// What commands ask of what is in service under the name, or was there last; nil where nothing was yet. A name
    /// keeps its kind of model.
    var queries: ObjectIdentifier?
    /// Whether such models are asked with data.
    var takesData = false

    /// The same with `model` in service.
    func serving(_ model: ServedModel?) -> Place {
      var place = self
      place.model = model
      if let model {
        place.queries = ObjectIdentifier(type(of: model.queries as AnyObject))
        place.takesData = model.takesData
      }
      return place
    }
  }

  private let places: [Place]
  /// The ratings of a store, by which models answer about who has rated since; nil without one.
  let ratings: LiveRatings?
  /// Whether a model of any name is, or was last, asked with data that a request brings: where none is, requests are short.
  let takesData: Bool

  private init(_ places: [Place], _ ratings: LiveRatings? = nil) {
    self.places = places
    self.ratings = ratings
    takesData = places.contains(where: \.takesData)
  }

  /// Nothing yet under `names`, in the order in which a command that names none looks for a model.
  package convenience init(names: [String]) {
    self.init(names.map { Place(name: $0) })
  }

  /// `model` alone, or none.
  package convenience init(_ model: ServedModel?) {
    self.init([Place(name: model?.facts.name ?? ModelName.usual.text).serving(model)])
  }

  /// How many names there are.
  package var count: Int { places.count }

  /// Whether anything is in service.
  var isAnyInService: Bool { places.contains { $0.model != nil } }

  /// Whether something is in service under each name.
  var areAllInService: Bool { places.allSatisfy { $0.model != nil } }

  /// The names, in their order.
  var names: [String] { places.map(\.name) }

  /// What is in service under the name at `place`. Traps when there is none.
  subscript(place: Int) -> ServedModel? { places[place].model }

  /// The same with `model` under the name at `place`. Traps when there is none.
  package func replacing(_ place: Int, by model: ServedModel?) -> ServedModels {
    var places = places
    places[place] = places[place].serving(model)
    return ServedModels(places, ratings)
  }

  /// The same, with answers that go by the `ratings` of a store.
  package func goingBy(_ ratings: LiveRatings?) -> ServedModels { ServedModels(places, ratings) }

  /// The place that is asked by who names none: that of the first name whose models are asked by `Queries`, whether one is in
  /// service now or not, so that it never changes by itself. A name under which nothing has been in service yet may turn out
  /// to be the one. Where no name is, the first with anything in service, else the first.
  func place<Queries: AnyObject>(askedBy _: Queries.Type) -> Int {
    places.firstIndex { $0.queries == nil || $0.queries == ObjectIdentifier(Queries.self) }
      ?? places.firstIndex { $0.model != nil } ?? 0
  }

  /// How many names have models that are asked by `Queries`.
  func count<Queries: AnyObject>(askedBy _: Queries.Type) -> Int {
    places.count { $0.queries == ObjectIdentifier(Queries.self) }
  }

  /// Where `name` stands among the names; nil where it is not served.
  func place(of name: String) -> Int? { places.firstIndex { $0.name == name } }

  /// The model called `name`. Throws where no such name is served, or nothing is in service under it.
  func model(named name: String) throws(ErrorReply) -> ServedModel {
    guard let place = place(of: name) else { throw notServed(name) }
    guard let model = self[place] else { throw .noModel(named: name) }
    return model
  }

  /// No model is served under `name`.
  func notServed(_ name: String) -> ErrorReply {
    let nearest = NearestText.nearest(to: name, among: names).map { "Did you mean \($0)? " } ?? ""
    return ErrorReply(
      .badArgument, "no model '\(Excerpt.of(name))' is served here",
      remedy: "\(nearest)This server has \(names.joined(separator: ", ")).")
  }
}

extension ErrorReply {
  /// Nothing is in service, or nothing under `name`.
  static func noModel(named name: String? = nil) -> ErrorReply {
    ErrorReply(
      .noModel, "no model is in service\(name.map { " as \(Excerpt.of($0))" } ?? "")",
      remedy:
        "Publish one: it is taken up within 2 seconds. INFO model says what is wrong with one "
        + "that is not.")
  }
}

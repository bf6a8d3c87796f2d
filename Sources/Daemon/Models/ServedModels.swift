import Errors
import LineProtocol
import ModelRegistry
import Recommenders

/// The models in service under each of the names that a server serves: a value that a request sees from start to end.
package final class ServedModels: Sendable {
  /// A name, and the model in service under it; `nil` if there is none.
  private struct Place: Sendable {
    let name: String
    var model: ServedModel?
    /// The type of the queries of the model in service under the name, or last in service; `nil` if none was yet. A
    /// name keeps its kind of model.
    var queries: ObjectIdentifier?
    /// Whether such models are queried with data.
    var takesData = false

    /// Returns the same place with `model` in service.
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
  /// The ratings of a store, on which answers about users who have rated since are based; `nil` without one.
  let ratings: LiveRatings?
  /// Whether a model of any name is, or was last, queried with data from requests; otherwise requests are short.
  let takesData: Bool

  private init(_ places: [Place], _ ratings: LiveRatings? = nil) {
    self.places = places
    self.ratings = ratings
    takesData = places.contains(where: \.takesData)
  }

  /// Creates empty places for `names`, in the order in which a command that names none looks for a model.
  package convenience init(names: [String]) {
    self.init(names.map { Place(name: $0) })
  }

  /// Creates the value for `model` alone, or none.
  package convenience init(_ model: ServedModel?) {
    self.init([Place(name: model?.facts.name ?? ModelName.usual.text).serving(model)])
  }

  /// The number of names.
  package var count: Int { places.count }

  /// Whether any model is in service.
  var isAnyInService: Bool { places.contains { $0.model != nil } }

  /// Whether a model is in service under each name.
  var areAllInService: Bool { places.allSatisfy { $0.model != nil } }

  /// The names, in order.
  var names: [String] { places.map(\.name) }

  /// The model in service under the name at `place`. Traps if there is no such place.
  subscript(place: Int) -> ServedModel? { places[place].model }

  /// Returns a copy with `model` under the name at `place`. Traps if there is no such place.
  package func replacing(_ place: Int, by model: ServedModel?) -> ServedModels {
    var places = places
    places[place] = places[place].serving(model)
    return ServedModels(places, ratings)
  }

  /// Returns a copy whose answers are based on the `ratings` of a store.
  package func goingBy(_ ratings: LiveRatings?) -> ServedModels { ServedModels(places, ratings) }

  /// Returns the index of the name that is asked if a request names none: the first whose models are queried with
  /// `Queries`, whether one is in service now or not, so that it never changes by itself. A name that has had no model
  /// in service yet may turn out to be the one. If there is no such name, it is the first with a model in service, else
  /// the first.
  func place<Queries: AnyObject>(askedBy _: Queries.Type) -> Int {
    places.firstIndex { $0.queries == nil || $0.queries == ObjectIdentifier(Queries.self) }
      ?? places.firstIndex { $0.model != nil } ?? 0
  }

  /// Returns the number of names whose models are queried with `Queries`.
  func count<Queries: AnyObject>(askedBy _: Queries.Type) -> Int {
    places.count { $0.queries == ObjectIdentifier(Queries.self) }
  }

  /// Returns the index of `name`; `nil` if it is not served.
  func place(of name: String) -> Int? { places.firstIndex { $0.name == name } }

  /// Returns the model called `name`. Throws if that name is not served, or nothing is in service under it.
  func model(named name: String) throws(ErrorReply) -> ServedModel {
    guard let place = place(of: name) else { throw notServed(name) }
    guard let model = self[place] else { throw .noModel(named: name) }
    return model
  }

  /// Returns the error that no model is served under `name`.
  func notServed(_ name: String) -> ErrorReply {
    let nearest = NearestText.nearest(to: name, among: names).map { "Did you mean \($0)? " } ?? ""
    return ErrorReply(
      .badArgument, "no model '\(Excerpt.of(name))' is served here",
      remedy: "\(nearest)This server serves \(names.joined(separator: ", ")).")
  }
}

extension ErrorReply {
  /// Returns the error that nothing is in service, or nothing under `name`.
  static func noModel(named name: String? = nil) -> ErrorReply {
    ErrorReply(
      .noModel, "no model is in service\(name.map { " as \(Excerpt.of($0))" } ?? "")",
      remedy:
        "Publish one: it is loaded within 2 seconds. If it is not, INFO model says why.")
  }
}

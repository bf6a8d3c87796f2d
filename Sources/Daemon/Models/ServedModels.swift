import Errors
import LineProtocol
import ModelRegistry
import Recommenders

/// What is in service under each of the names that a server serves: a value that a request sees from start to end.
package final class ServedModels: Sendable {
  /// A name, and what is in service under it; nil when that is nothing.
  private struct Place: Sendable {
    let name: String
    let model: ServedModel?
  }

  private let places: [Place]

  private init(_ places: [Place]) { self.places = places }

  /// Nothing yet under `names`, in the order in which a command that names none looks for a model.
  package convenience init(names: [String]) {
    self.init(names.map { Place(name: $0, model: nil) })
  }

  /// `model` alone, or none.
  package convenience init(_ model: ServedModel?) {
    self.init([Place(name: model?.facts.name ?? ModelName.usual.text, model: model)])
  }

  /// How many names there are.
  package var count: Int { places.count }

  /// Whether anything is in service.
  var isAnyInService: Bool { places.contains { $0.model != nil } }

  /// The names, in their order.
  var names: [String] { places.map(\.name) }

  /// What is in service under the name at `place`. Traps when there is none.
  subscript(place: Int) -> ServedModel? { places[place].model }

  /// The same with `model` under the name at `place`. Traps when there is none.
  package func replacing(_ place: Int, by model: ServedModel?) -> ServedModels {
    var places = places
    places[place] = Place(name: places[place].name, model: model)
    return ServedModels(places)
  }

  /// The first model that is asked by `Queries`, else the first of all; what INFO tells of where `Queries` are those of recommenders.
  func first<Queries: AnyObject>(askedBy _: Queries.Type) -> ServedModel? {
    let models = places.lazy.compactMap(\.model)
    return models.first { $0.queries is Queries } ?? models.first
  }

  /// Where `name` stands among the names; nil where it is not served.
  func place(of name: String) -> Int? { places.firstIndex { $0.name == name } }

  /// The model called `name`. Throws where no such name is served, or nothing is in service under it.
  func model(named name: String) throws(ErrorReply) -> ServedModel {
    guard let place = place(of: name) else {
      let nearest = NearestText.nearest(to: name, among: names).map { "Did you mean \($0)? " } ?? ""
      throw ErrorReply(
        .badArgument, "no model '\(Excerpt.of(name))' is served here",
        remedy: "\(nearest)This server has \(names.joined(separator: ", ")).")
    }
    guard let model = self[place] else { throw .noModel(named: name) }
    return model
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

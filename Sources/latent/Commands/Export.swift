import ArgumentParser
import Errors
import ModelRegistry
import Publishing
import Ratings
import Recommenders

/// `latent export`
struct Export: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Writes down all that is held of a person: ratings, and what models know.",
    discussion: """
      The ratings in the store with value, time, item and title; and of each version, of all names in \
      the models folder, that knows the person, what it holds: the items that it knows the person to \
      have rated, the factors or the embedding, and the bias. Checkpoints of interrupted trainings hold \
      factors without anybody's id, and are not among it.
      """)

  /// How it is written.
  enum Format: String, ExpressibleByArgument, CaseIterable { case json, csv }

  @Option(help: ArgumentHelp("Whose.", valueName: "id"))
  var user: String
  @Option(help: ArgumentHelp("How to write it: json or csv.", valueName: "format"))
  var format = Format.json
  @OptionGroup var models: RegistryOptions
  @OptionGroup var store: StoreOptions

  func run() throws {
    let traces = try models.existingRegistry().traces(of: user)
    for version in traces.unreadable {
      StandardError.write(
        "warning: version \(version.version.version) of \(version.version.name) can't be read, and may "
          + "hold user \(user): \(version.flaw)\n")
    }
    let person = PersonalData(
      user: user, ratings: try ratings(isInModels: !traces.versions.isEmpty),
      models: try traces.versions.map { try known($0) })
    switch format {
    case .json: try StandardOutput.write(person.json())
    case .csv: try person.table.write(as: .csv)
    }
  }

  /// The person's ratings in the store; none where it has no tables of Latent's, as models learn from
  /// other people's tables too. Fails when nobody of that id is known to anything.
  private func ratings(isInModels: Bool) throws -> [PersonalData.Rating] {
    let store = try store.open()
    guard let lookup = isInModels ? try StoreLookup(ifThere: store) : try StoreLookup(store) else {
      return []
    }
    let id = lookup.settings.userType.flatMap { UserID(user, as: $0) }
    let ratings = try id.map { try store.ratings(of: $0, limit: .max) } ?? []
    if ratings.isEmpty && !isInModels { _ = try lookup.user(user) }
    let titles = try lookup.titles(of: ratings.map(\.item))
    return ratings.map {
      PersonalData.Rating(
        item: ExportedIdentifier($0.item), title: titles[$0.item], rating: $0.value,
        time: $0.time?.description)
    }
  }

  /// What a version holds of the person.
  private func known(_ version: PersonTraces.Version) throws -> PersonalData.Model {
    let versions = models.registry.versions(of: version.name)
    let model = try versions.openModel(version.version)
    guard let row = model.user(reading: user) else {
      preconditionFailure("a version that is never changed no longer knows a user")
    }
    let known = model.user(at: row)
    return PersonalData.Model(
      name: version.name.text, version: version.version,
      status: version.status?.rawValue, kind: model.kind,
      bias: known.bias, vector: known.elements,
      ratedItems: known.ratedItems.map { row in
        let item = ItemIndex(row)
        return PersonalData.RatedItem(
          item: ExportedIdentifier(model.items.identifier(at: item)), title: model.title(of: item))
      })
  }
}

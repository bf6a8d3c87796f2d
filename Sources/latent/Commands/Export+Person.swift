import ArgumentParser
import Errors
import ModelRegistry
import Ratings
import Recommenders

extension Export {
  /// `latent export --user`: exports all data about a user.
  struct Person: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Export all data about a user: ratings, and what models contain.",
      discussion: """
        Writes the ratings in the store with value, time, item and title; and for each version, of all names in \
        the models folder, that knows the user: the items that the model knows the user to \
        have rated, the factors or the embedding, and the bias. Checkpoints of interrupted trainings contain \
        factors without ids, and are not included.
        """)

    /// The format of the export.
    enum Format: String, ExpressibleByArgument, CaseIterable { case json, csv }

    @Option(help: ArgumentHelp("The user.", valueName: "id"))
    var user: String
    @Option(help: ArgumentHelp("The format: json or csv.", valueName: "format"))
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
      let stored = try ratings(isInModels: !traces.versions.isEmpty)
      let learned = try traces.versions.flatMap { try known($0) }
      let person = PersonalData(
        user: stored.id ?? learned.lazy.compactMap(\.user).first ?? UserID(user),
        ratings: stored.ratings, models: learned.map(\.model))
      switch format {
      case .json: try StandardOutput.write(person.json())
      case .csv: try person.table.write(as: .csv)
      }
    }

    /// Returns the user's id and ratings in the store; none if it has no tables of Latent's, as models may also be
    /// trained on other tables. Throws if neither the store nor a model knows the id.
    private func ratings(isInModels: Bool) throws -> (id: UserID?, ratings: [PersonalData.Rating]) {
      let store = try store.open()
      guard let lookup = isInModels ? try StoreLookup(ifThere: store) : try StoreLookup(store)
      else {
        return (nil, [])
      }
      let id = lookup.settings.userType.flatMap { UserID(user, as: $0) }
      let ratings = try id.map { try store.ratings(of: $0, limit: .max) } ?? []
      if ratings.isEmpty && !isInModels { _ = try lookup.user(user) }
      let titles = try lookup.titles(of: ratings.map(\.item))
      return (
        id,
        ratings.map {
          PersonalData.Rating(
            item: $0.item, title: titles[$0.item], rating: $0.value, time: $0.time?.description)
        }
      )
    }

    /// Returns what the files of a version contain about the user. For a file that is not a recommender only its
    /// presence is known.
    private func known(
      _ version: PersonTraces.Version
    ) throws -> [(user: UserID?, model: PersonalData.Model)] {
      let versions = models.registry.versions(of: version.name)
      return try versions.manifest(of: version.version).files.compactMap { file in
        let opened = try versions.open(version.version, file.role)
        guard opened.people?.contains(user) == true else { return nil }
        var known = PersonalData.Model(
          name: version.name.text, version: version.version, status: version.status?.rawValue,
          role: "\(file.role)", kind: opened.kind)
        guard let model = opened as? any ScoredModel, let row = model.user(reading: user) else {
          return (nil, known)
        }
        let vector = model.user(at: row)
        known.bias = vector.bias
        known.vector = vector.elements
        known.ratedItems = vector.ratedItems.map { row in
          let item = ItemIndex(row)
          return PersonalData.RatedItem(
            item: model.items.identifier(at: item), title: model.title(of: item))
        }
        return (model.users.identifier(at: row), known)
      }
    }
  }
}

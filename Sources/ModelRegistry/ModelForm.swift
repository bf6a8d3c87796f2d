import Errors

/// A form that model files come in: what a registry needs to publish, verify, list, watch, roll back
/// and prune models that it knows nothing else of.
///
/// A kind of model registers one, and the program hands those it knows to its ``ModelRegistry``:
///
///     extension ModelForm {
///       static let factors = ModelForm("factor-model") { (file) throws(ModelFileError) in
///         try FactorModel(file)
///       }
///     }
///     let registry = ModelRegistry("latent-models", forms: [.factors])
package struct ModelForm: Sendable {
  /// The key in a file's metadata under which its form stands.
  package static let metadataKey = "latent.form"

  /// What files of this form have under ``metadataKey``.
  package let name: String
  /// Takes a model out of a file of this form by mapping it: reads the header alone, however large the
  /// file is.
  let open: @Sendable (SafetensorsFile) throws(ModelFileError) -> any PublishedModel

  /// The form called `name`, whose models `open` takes out of a file.
  package init(
    _ name: String,
    open: @escaping @Sendable (SafetensorsFile) throws(ModelFileError) -> any PublishedModel
  ) {
    self.name = name
    self.open = open
  }
}

/// A model as its registry knows it: opened from a file, whatever its kind.
package protocol PublishedModel: AnyObject, Sendable {
  /// The path it was opened by.
  var path: String { get }
  /// How it was learned: `dot-bias`, `popularity` ...
  var kind: String { get }
  /// What there is to be told of it besides what stands in its manifest.
  var facts: [ModelFact] { get }
  /// The people whom it knows by their ids; nil of a kind that knows nobody.
  var people: (any PeopleInModel)? { get }
  /// Whether it is asked with data that a request brings, such as an image, and not by ids.
  var takesData: Bool { get }

  /// Whether something else than a person has an id that reads `id`, such as an image, which may be about one all the same.
  func hasNamesake(_ id: String) -> Bool

  /// Reads or computes once what makes answers fast from the first. Blocks.
  func prepare()

  /// Reads the whole file and checks that its contents make sense.
  ///
  /// Throws ``ModelFileErrorCode/badContents`` naming the first tensor and row that do not.
  /// O(file size); done before a model is published, and on request.
  func verifyContents() throws(ModelFileError)
}

extension PublishedModel {
  /// No.
  package var takesData: Bool { false }

  /// No.
  package func hasNamesake(_ id: String) -> Bool { false }

  /// Does nothing.
  package func prepare() {}
}

/// The people whom a model knows by their ids: they are found in it, and taken out.
package protocol PeopleInModel: Sendable {
  /// How many there are.
  var count: Int { get }

  /// Whether the person whose id reads `id` is among them.
  func contains(_ id: String) -> Bool

  /// The same model without that person, who must be among them, to be written to a file.
  func without(_ id: String) throws(ModelFileError) -> any EncodableModel
}

/// A model in memory, or made of another file's parts, that can be written as a model file.
package protocol EncodableModel: Sendable {
  /// Writes the model file to `path`: flushed to the disk, read-only, and there only once it is
  /// complete. The same model gives the same file, bit for bit. Returns its digest.
  func write(to path: String) throws(ModelFileError) -> FileDigest
}

/// One thing that a model tells of itself.
package struct ModelFact: Equatable, Sendable {
  /// What is told.
  package enum Value: Equatable, Sendable {
    case text(String)
    case integer(Int)
    /// A number, of which people see so many decimals.
    case number(Double, decimals: Int)
    /// There is none.
    case none
  }

  /// For programs, in small letters and underscores: `item_id_type`.
  package let name: String
  /// For people.
  package let label: String
  /// For programs and, unless it is told otherwise, for people.
  package let value: Value
  /// The value for people, where they are told it in other words.
  package let wording: String?

  /// A fact whose `label` is its name with blanks unless given.
  package init(_ name: String, label: String? = nil, _ value: Value, wording: String? = nil) {
    self.name = name
    self.label = label ?? name.replacing("_", with: " ")
    self.value = value
    self.wording = wording
  }
}

extension ModelRegistry {
  /// Opens the model file at `path` by mapping it, of whichever of the registry's forms it is.
  ///
  /// Throws ``ModelFileError`` when it can't be opened, is no safetensors file, of no form that the
  /// registry knows (``ModelFileErrorCode/foreign``), or not as its form should be.
  package func open(_ path: String) throws(ModelFileError) -> any PublishedModel {
    let file = try SafetensorsFile(path)
    let remedy = "Name a model that Latent wrote, or train again."
    guard let name = file.metadata[ModelForm.metadataKey] else {
      throw ModelFileError(
        .foreign, "a safetensors file, but not a model of Latent's", place: path, remedy: remedy)
    }
    guard let form = forms.first(where: { $0.name == name }) else {
      throw ModelFileError(
        .foreign, "no model that can be opened here: its form is '\(name)'", place: path,
        remedy: remedy)
    }
    return try form.open(file)
  }
}

extension ModelVersions {
  /// Checks that a model of one of `forms` may be put in the place of the version in service, or of the newest
  /// where none is. Any may where that can't be told: it is damaged, or of a form that the registry does not know.
  ///
  /// Throws ``ModelFileErrorCode/otherForm`` where it is of another form.
  package func checkTakes(_ forms: [ModelForm]) throws(ModelFileError) {
    guard let version = (try? current()) ?? (try? all().last),
      let form = (try? SafetensorsFile(modelPath(of: version)))?.metadata[ModelForm.metadataKey],
      registry.forms.contains(where: { $0.name == form }),
      !forms.contains(where: { $0.name == form })
    else { return }
    throw ModelFileError(
      .otherForm, "version \(version) of \(name) is another kind of model: its form is '\(form)'",
      place: folder,
      remedy: "Choose another name by --name, or --results of answers to images.")
  }
}

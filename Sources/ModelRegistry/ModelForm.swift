import Errors

/// A form of model files: all that a registry needs to publish, verify, list, watch, roll back and prune models of a
/// kind it otherwise knows nothing about.
///
/// Each kind of model defines one. The program passes the forms it supports to its ``ModelRegistry``:
///
///     extension ModelForm {
///       static let factors = ModelForm("factor-model") { (file) throws(ModelFileError) in
///         try FactorModel(file)
///       }
///     }
///     let registry = ModelRegistry("latent-models", forms: [.factors])
package struct ModelForm: Sendable {
  /// The metadata key that holds the form of a file.
  package static let metadataKey = "latent.form"

  /// The value of ``metadataKey`` in files of this form.
  package let name: String
  /// Opens a model from a file of this form by mapping it. Reads only the header, whatever the file's size.
  let open: @Sendable (SafetensorsFile) throws(ModelFileError) -> any PublishedModel

  /// Creates the form called `name`, whose models `open` opens from a file.
  package init(
    _ name: String,
    open: @escaping @Sendable (SafetensorsFile) throws(ModelFileError) -> any PublishedModel
  ) {
    self.name = name
    self.open = open
  }
}

/// A model opened from a file of any kind, as its registry sees it.
package protocol PublishedModel: AnyObject, Sendable {
  /// The path it was opened from.
  var path: String { get }
  /// The learning method: `dot-bias`, `popularity` ...
  var kind: String { get }
  /// Facts about the model beyond those in its manifest.
  var facts: [ModelFact] { get }
  /// The people the model knows by id; nil for a kind that knows nobody.
  var people: (any PeopleInModel)? { get }
  /// Whether queries carry their own data, such as an image, instead of ids.
  var takesData: Bool { get }

  /// Returns whether `id` is the id of something other than a person, such as an image, which may still concern a
  /// person.
  func hasNamesake(_ id: String) -> Bool

  /// Reads or computes in advance whatever the first answers need to be fast. Blocks.
  func prepare()

  /// Reads the whole file and checks that its contents are consistent.
  ///
  /// Throws ``ModelFileErrorCode/badContents`` naming the first tensor and row that are not. O(file size). Run before
  /// a model is published, and on request.
  func verifyContents() throws(ModelFileError)
}

extension PublishedModel {
  /// False by default.
  package var takesData: Bool { false }

  /// Returns false by default.
  package func hasNamesake(_ id: String) -> Bool { false }

  /// Does nothing by default.
  package func prepare() {}
}

/// The people a model knows by id, with lookup and removal.
package protocol PeopleInModel: Sendable {
  /// The number of people.
  var count: Int { get }

  /// Returns whether the person with the id `id` is among them.
  func contains(_ id: String) -> Bool

  /// Returns the same model without that person, to be written to a file. The person must be among them.
  func without(_ id: String) throws(ModelFileError) -> any EncodableModel
}

/// A model, in memory or composed of parts of another file, that can be written as a model file.
package protocol EncodableModel: Sendable {
  /// Writes the model file to `path`: flushed to disk, read-only, and visible only once complete. The same model
  /// gives the same file, bit for bit. Returns its digest.
  func write(to path: String) throws(ModelFileError) -> FileDigest
}

/// A fact that a model states about itself.
package struct ModelFact: Equatable, Sendable {
  /// The value of a fact.
  package enum Value: Equatable, Sendable {
    case text(String)
    case integer(Int)
    /// A number, displayed with this many decimals.
    case number(Double, decimals: Int)
    /// No value.
    case none
  }

  /// The name for programs, in lowercase with underscores: `item_id_type`.
  package let name: String
  /// The label for display.
  package let label: String
  /// The value for programs, and for display unless ``wording`` is set.
  package let value: Value
  /// The value for display, if it is worded differently.
  package let wording: String?

  /// Creates a fact. `label` defaults to the name with underscores replaced by spaces.
  package init(_ name: String, label: String? = nil, _ value: Value, wording: String? = nil) {
    self.name = name
    self.label = label ?? name.replacing("_", with: " ")
    self.value = value
    self.wording = wording
  }
}

extension ModelRegistry {
  /// Opens the model file at `path`, of any of the registry's forms, by mapping it.
  ///
  /// Throws ``ModelFileError`` if it cannot be opened, is not a safetensors file, has a form unknown to the registry
  /// (``ModelFileErrorCode/foreign``) or does not match its form.
  package func open(_ path: String) throws(ModelFileError) -> any PublishedModel {
    let file = try SafetensorsFile(path)
    let remedy = "Name a model that Latent wrote, or train again."
    guard let name = file.metadata[ModelForm.metadataKey] else {
      throw ModelFileError(
        .foreign, "a safetensors file, but not a Latent model", place: path, remedy: remedy)
    }
    guard let form = forms.first(where: { $0.name == name }) else {
      throw ModelFileError(
        .foreign, "not a model that can be opened here: its form is '\(name)'", place: path,
        remedy: remedy)
    }
    return try form.open(file)
  }
}

extension ModelVersions {
  /// Checks that a model of one of `forms` may replace the version in service, or the newest version if none is in
  /// service.
  ///
  /// Throws ``ModelFileErrorCode/otherForm`` if that version is of another form. Does not throw if its form cannot be
  /// determined because it is damaged, or is unknown to the registry.
  package func checkTakes(_ forms: [ModelForm]) throws(ModelFileError) {
    guard let version = (try? current()) ?? (try? all().last),
      let form = (try? SafetensorsFile(modelPath(of: version)))?.metadata[ModelForm.metadataKey],
      registry.forms.contains(where: { $0.name == form }),
      !forms.contains(where: { $0.name == form })
    else { return }
    throw ModelFileError(
      .otherForm, "version \(version) of \(name) is another kind of model: its form is '\(form)'",
      place: folder,
      remedy: "Choose another name for the model, or for the results of scoring images.")
  }
}

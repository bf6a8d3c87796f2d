import Errors
import ModelRegistry
package import Ratings
import TensorCore

/// The layout of a model of ratings in a safetensors file. The names are public: ARCHITECTURE.md and users of numpy
/// rely on them. Every model has:
///
///     item_ids            I64 [items]            ascending; or, if ids are text,
///     item_id_bytes       U8  [bytes]            the texts in UTF-8, in ascending byte order
///     item_id_ends        U64 [items]            the end of each text in the bytes
///     user_ids            I64 [users]            or user_id_bytes and user_id_ends
///     item_rating_counts  U32 [items]
///     rated_offsets       U64 [users + 1]        user u's items: rated_items[o[u] ..< o[u + 1]]
///     rated_items         U32 [rated items]      rows of items, ascending for each user
///     title_bytes         U8  [bytes]            UTF-8; an empty title means none
///     title_ends          U64 [items]
///
/// If items have attributes:
///
///     attribute_bytes     U8  [bytes]            `genre=Comedy` ... in UTF-8, in ascending byte order
///     attribute_ends      U64 [attributes]
///     attribute_offsets   U64 [attributes + 1]   attribute a's items: attribute_items[o[a] ..< o[a + 1]]
///     attribute_items     U32 [pairs]            rows of items, ascending for each attribute
///
/// If items without ratings are known by their content:
///
///     cold_items              U32 [cold items]       rows of items, ascending
///     cold_neighbour_offsets  U64 [cold items + 1]   cold item c's: o[c] ..< o[c + 1]
///     cold_neighbours         U32 [pairs]            rows of items, ascending for each cold item
///     cold_similarities       F32 [pairs]            above 0, at most 1
///
/// Other tensors depend on the ``RecommenderForm``. Facts about the run (time, seconds, threads) are kept in the
/// manifest, so that the same numbers give the same file, bit for bit.
enum ModelFormat {
  /// The current format. Incremented when older readers would misread a file.
  static let version = 1

  static let versionKey = "latent.format"
  static let formKey = "latent.form"
  static let kindKey = "latent.kind"
  static let rankingKey = "latent.ranking"
  static let rangeLowerKey = "latent.output_range.lower"
  static let rangeUpperKey = "latent.output_range.upper"
  static let boundsLowerKey = "latent.rating_bounds.lower"
  static let boundsUpperKey = "latent.rating_bounds.upper"
  static let transformKey = "latent.transform"

  /// The exclusive limit on the number of users or items: rows are 32 bits wide, and the highest number stands for
  /// "unknown".
  static let rowLimit = Int(UInt32.max)
}

/// The validated metadata of a model file.
package struct ModelHeader: Sendable {
  /// The form of the model.
  let form: RecommenderForm
  /// The learning method: `dot-bias`, `popularity` ...
  package let kind: String
  /// What items are ranked by.
  package let ranking: Ranking
  /// The range into which predictions are mapped; nil leaves them unchanged.
  package let outputRange: OutputRange?
  /// The lowest and the highest rating in the training data, in the unit used for training; nil in files from before
  /// they were recorded, and if the model does not predict ratings.
  package let ratingBounds: ClosedRange<Float>?
  /// The transform applied to ratings before training; predictions are in the transformed unit.
  package let transform: ValueTransform
  /// The path the model was opened from.
  package let path: String
  /// The size of the file in bytes: the maximum that the model occupies in the page cache.
  package let byteCount: Int

  /// Reads the header of a file, which must be of the given form.
  init(_ file: SafetensorsFile, form: RecommenderForm) throws(ModelFileError) {
    try self.init(file)
    guard self.form.name == form.name else {
      throw ModelFileError(
        .foreign, "not a \(form.noun): its form is '\(self.form.name)'", place: file.path,
        remedy: TensorReader.remedy)
    }
  }

  /// Reads the header of a file of any form.
  init(_ file: SafetensorsFile) throws(ModelFileError) {
    let metadata = file.metadata
    func unusable(_ code: ModelFileErrorCode, _ problem: String) -> ModelFileError {
      ModelFileError(
        code, problem, place: file.path,
        remedy: TensorReader.remedy)
    }
    guard let format = metadata[ModelFormat.versionKey] else {
      throw unusable(.foreign, "a safetensors file, but not a Latent model")
    }
    guard let version = Int(format), version > 0 else {
      throw unusable(.foreign, "its format is '\(format)', not a number")
    }
    guard version <= ModelFormat.version else {
      throw ModelFileError(
        .tooNew,
        "its format is \(version), and this Latent reads up to \(ModelFormat.version)",
        place: file.path, remedy: "Use the Latent that wrote it, or a newer one.")
    }
    let formName = metadata[ModelFormat.formKey] ?? ""
    guard let form = RecommenderForm.all.first(where: { $0.name == formName }) else {
      throw unusable(.foreign, "not a model of ratings: its form is '\(formName)'")
    }
    guard let kind = metadata[ModelFormat.kindKey], !kind.isEmpty else {
      throw unusable(.badContents, "it does not say which kind of model it is")
    }
    guard let ranking = Ranking(rawValue: metadata[ModelFormat.rankingKey] ?? "") else {
      throw unusable(.badContents, "it does not say what items are ranked by")
    }
    func numbers(_ lower: String, _ upper: String) -> (Float, Float)? {
      guard metadata[lower] != nil || metadata[upper] != nil else { return nil }
      return (Float(metadata[lower] ?? "") ?? .nan, Float(metadata[upper] ?? "") ?? .nan)
    }
    var outputRange: OutputRange?
    if let (low, high) = numbers(ModelFormat.rangeLowerKey, ModelFormat.rangeUpperKey) {
      guard let range = OutputRange(lower: low, upper: high) else {
        throw unusable(.badContents, "its output range is not two numbers in order")
      }
      outputRange = range
    }
    var ratingBounds: ClosedRange<Float>?
    if let (low, high) = numbers(ModelFormat.boundsLowerKey, ModelFormat.boundsUpperKey) {
      guard low.isFinite, high.isFinite, low <= high else {
        throw unusable(.badContents, "its ratings' bounds are not two numbers in order")
      }
      ratingBounds = low...high
    }
    let transformName = metadata[ModelFormat.transformKey] ?? ValueTransform.none.rawValue
    guard let transform = ValueTransform(rawValue: transformName) else {
      throw unusable(
        .badContents, "the transform of its ratings is unknown: '\(transformName)'")
    }
    self.outputRange = outputRange
    self.ratingBounds = ratingBounds
    self.transform = transform
    self.form = form
    self.kind = kind
    self.ranking = ranking
    path = file.path
    byteCount = file.byteCount
  }
}

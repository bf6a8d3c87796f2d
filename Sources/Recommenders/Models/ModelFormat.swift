import ModelRegistry

/// How a model of ratings stands in a safetensors file: names, and what they hold. ARCHITECTURE.md and
/// numpy's users rely on the names. What every model has:
///
///     item_ids            I64 [items]            ascending; or, where ids are text,
///     item_id_bytes       U8  [bytes]            the texts in UTF-8, ascending by their bytes
///     item_id_ends        U64 [items]            where in the bytes each text ends
///     user_ids            I64 [users]            or user_id_bytes and user_id_ends
///     item_rating_counts  U32 [items]
///     rated_offsets       U64 [users + 1]        user u's items: rated_items[o[u] ..< o[u + 1]]
///     rated_items         U32 [known ratings]    rows of items, ascending for each user
///     title_bytes         U8  [bytes]            UTF-8; an empty title is none
///     title_ends          U64 [items]
///
/// What it has besides depends on its ``RecommenderForm``. What a run took (time, seconds, threads) stands
/// in the manifest, so that the same numbers make the same file, bit for bit.
enum ModelFormat {
  /// Raised when a reader of the version before would misread a file.
  static let version = 1

  static let versionKey = "latent.format"
  static let formKey = "latent.form"
  static let kindKey = "latent.kind"
  static let rankingKey = "latent.ranking"
  static let rangeLowerKey = "latent.output_range.lower"
  static let rangeUpperKey = "latent.output_range.upper"

  /// The most users or items: rows are 32 bits wide, and the highest number stands for "unknown".
  static let rowLimit = Int(UInt32.max)
}

/// What a model is made of besides its catalogue: the value under ``ModelFormat/formKey``.
enum RecommenderForm: String {
  /// Factors and biases:
  ///
  ///     item_factors        F32 [items, factors]   read as rows, on a multiple of 64 bytes
  ///     user_factors        F32 [users, factors]
  ///     item_biases         F32 [items]
  ///     user_biases         F32 [users]
  ///     global_mean         F32 [1]
  case factors = "factor-model"
  /// Embeddings into a multilayer perceptron, under the names of fastai's `EmbeddingNN`, so that its
  /// state dictionary is the same; row 0 of an embedding stands for an unknown user or item:
  ///
  ///     embeds.0.weight         F32 [users + 1, width]
  ///     embeds.1.weight         F32 [items + 1, width]
  ///     layers.N.0.weight       F32 [outputs, inputs]    hidden layers 0, 1 ..., then the last, of
  ///     layers.N.0.bias         F32 [outputs]            one output, which alone has a bias
  ///     layers.N.2.weight       F32 [outputs]            the batch norm of a hidden layer,
  ///     layers.N.2.bias         F32 [outputs]            which comes behind its max(x, 0)
  ///     layers.N.2.running_mean F32 [outputs]
  ///     layers.N.2.running_var  F32 [outputs]
  case network = "neural-model"

  /// What messages call it.
  var noun: String {
    switch self {
    case .factors: "factor model"
    case .network: "neural model"
    }
  }
}

/// The names of the tensors that hold the ids of one side.
struct IdentifierTensorNames {
  let integers: String
  let bytes: String
  let ends: String

  static let users = IdentifierTensorNames(
    integers: "user_ids", bytes: "user_id_bytes", ends: "user_id_ends")
  static let items = IdentifierTensorNames(
    integers: "item_ids", bytes: "item_id_bytes", ends: "item_id_ends")
}

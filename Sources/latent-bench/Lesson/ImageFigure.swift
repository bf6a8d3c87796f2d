/// A metric of image models, by the name that commands use.
struct ImageFigure {
  let key: String
  let words: String

  static let precision = ImageFigure(key: "average_precision", words: "mean average precision")
}

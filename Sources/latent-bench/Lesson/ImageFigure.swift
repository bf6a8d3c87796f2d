/// A figure that images are judged by, as commands name it.
struct ImageFigure {
  let key: String
  let words: String

  static let precision = ImageFigure(key: "average_precision", words: "mean average precision")
}

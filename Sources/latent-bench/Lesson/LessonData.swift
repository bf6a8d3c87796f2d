import Foundation

/// A data set of images or ratings that the lesson uses: a folder in the data folder.
enum LessonData: String, CaseIterable {
  case clothing = "clothing-small-128"
  case aquarium = "aquarium-256"
  case cells = "elpv-128"
  case films = "ml-latest-small"

  /// Where to get it, and what it must contain.
  var source: String {
    switch self {
    case .clothing:
      "photos of clothes, https://github.com/alexeygrigorev/clothing-dataset-small (CC0), with labels.csv: image, label, "
        + "sender_id"
    case .aquarium:
      "photos of an aquarium, https://public.roboflow.com/object-detection/aquarium (CC BY 4.0), with labels.csv: image, "
        + "labels (separated by spaces)"
    case .cells:
      "solar cells, https://github.com/zae-bayern/elpv-dataset (CC BY-NC-SA 4.0), with labels.csv: image, "
        + "defect_probability"
    case .films: "ratings of films, https://grouplens.org/datasets/movielens/latest/"
    }
  }

  /// The options of `latent images` that read it, after its folder argument.
  func options(in folder: String) -> [String] {
    let labels = ["--labels", "\(folder)/labels.csv"]
    switch self {
    case .clothing: return labels + ["--label-column", "label"]
    case .aquarium: return labels + ["--label-column", "labels", "--label-delimiter", " "]
    case .cells: return labels + ["--label-columns", "defect_probability"]
    case .films: return []
    }
  }

  /// The options that keep related images on one side of a split: those by one sender, or consecutive frames.
  var grouping: [String] {
    switch self {
    case .clothing: ["--group-by", "sender_id"]
    case .aquarium: ["--group-by", #"pattern:IMG_(\d+)\d\d_"#]
    case .cells, .films: []
    }
  }
}

import Foundation

/// A set of images or ratings that the lesson goes through: a folder beneath the folder of data.
enum LessonData: String, CaseIterable {
  case clothing = "clothing-small-128"
  case aquarium = "aquarium-256"
  case cells = "elpv-128"
  case films = "ml-latest-small"

  /// Where it is to be had, and what must be in it.
  var source: String {
    switch self {
    case .clothing:
      "photos of clothes, https://github.com/alexeygrigorev/clothing-dataset-small (CC0), with labels.csv: image, label, "
        + "sender_id"
    case .aquarium:
      "photos of an aquarium, https://public.roboflow.com/object-detection/aquarium (CC BY 4.0), with labels.csv: image, "
        + "labels with spaces between them"
    case .cells:
      "solar cells, https://github.com/zae-bayern/elpv-dataset (CC BY-NC-SA 4.0), with labels.csv: image, "
        + "defect_probability"
    case .films: "ratings of films, https://grouplens.org/datasets/movielens/latest/"
    }
  }

  /// The options by which `latent images` reads it, behind its folder.
  func options(in folder: String) -> [String] {
    let labels = ["--labels", "\(folder)/labels.csv"]
    switch self {
    case .clothing: return labels + ["--label-column", "label"]
    case .aquarium: return labels + ["--label-column", "labels", "--label-delimiter", " "]
    case .cells: return labels + ["--label-columns", "defect_probability"]
    case .films: return []
    }
  }

  /// What must not stand on both sides of a split: who sent a photo; frames that were taken one after the other.
  var grouping: [String] {
    switch self {
    case .clothing: ["--group-by", "sender_id"]
    case .aquarium: ["--group-by", #"pattern:IMG_(\d+)\d\d_"#]
    case .cells, .films: []
    }
  }
}

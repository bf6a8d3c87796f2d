import Ratings
import Testing

extension StoreCheck {
  static let queries: [StoreCheck] = []
}

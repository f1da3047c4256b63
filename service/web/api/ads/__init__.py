"""The routes of marketers: inventory as sheets and by the entity, images, forecasts, blocks and credits."""
